"""Evidently's drift figures of one table beside another, timed: python evidently_drift.py reference.csv current.csv (prints seconds of the clock and of the processor, without reading)"""
import sys
import time

import pandas as pd
from evidently import Dataset, DataDefinition, Report
from evidently.presets import DataDriftPreset

reference, current = (pd.read_csv(path) for path in sys.argv[1:3])
began, busy = time.perf_counter(), time.process_time()
numerical = list(reference.select_dtypes('number').columns)
definition = DataDefinition(numerical_columns=numerical, categorical_columns=[c for c in reference.columns if c not in numerical])
report = Report([DataDriftPreset()])
result = report.run(Dataset.from_pandas(current, definition), Dataset.from_pandas(reference, definition))
drifted = result.dict()
print(time.perf_counter() - began, time.process_time() - busy, len(drifted['metrics']))
