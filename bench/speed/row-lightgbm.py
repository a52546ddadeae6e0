"""row-lightgbm.py TABLE ROUNDS LEAVES CALLS: latency of one row through LightGBM's Python predict, 1 thread; one line of JSON, microseconds."""

import json
import sys
import time
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
file, rounds, leaves, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
frame = pd.read_csv(file)
y = frame.pop("y")
frame.columns = [c.replace(" ", "_") for c in frame.columns]
for c in frame.columns:
    if not pd.api.types.is_numeric_dtype(frame[c]):
        frame[c] = frame[c].astype("category")
model = lgb.LGBMClassifier(n_estimators=rounds, num_leaves=leaves, learning_rate=0.03, n_jobs=1, verbose=-1).fit(frame, y)
codes = np.column_stack([frame[c].cat.codes if frame[c].dtype.name == "category" else frame[c] for c in frame.columns]).astype(np.float64)
count = 500
ready = [np.ascontiguousarray(codes[i : i + 1]) for i in range(count)]
frames = [frame.iloc[i : i + 1] for i in range(count)]


def measure(predict, rows):
    def timed(row):
        started = time.perf_counter_ns()
        predict(row)
        return (time.perf_counter_ns() - started) / 1000

    first = timed(rows[0])
    for row in rows[:100]:
        timed(row)
    times = np.array([timed(rows[i % count]) for i in range(calls)])
    return first, float(np.quantile(times, 0.5)), float(np.quantile(times, 0.99))


booster = model.booster_
# a row of codes, so that the booster need not look for categories in a frame
plain = lgb.Booster(model_str=booster.model_to_string())
plain.pandas_categorical = None
b = measure(lambda row: plain.predict(row, num_threads=1), ready)
f = measure(model.predict_proba, frames)

# the quickest way by hand from what a service gets: codes looked up in dictionaries, then the booster
names = list(frame.columns)
index = {c: {level: i for i, level in enumerate(frame[c].cat.categories)} for c in names if frame[c].dtype.name == "category"}
plain_rows = [{k: (None if v != v else v) for k, v in row.items()} for row in frame.iloc[:count].to_dict("records")]


def by_hand(row):
    cells = np.empty((1, len(names)))
    for i, name in enumerate(names):
        value = row[name]
        levels = index.get(name)
        cells[0, i] = np.nan if value is None else value if levels is None else levels.get(value, -1)
    return plain.predict(cells, num_threads=1)


h = measure(by_hand, plain_rows)
print(
    json.dumps(
        dict(boosterCold=b[0], booster50=b[1], booster99=b[2], frameCold=f[0], frame50=f[1], frame99=f[2], handCold=h[0], hand50=h[1], hand99=h[2], trees=booster.num_trees(), version=lgb.__version__)
    )
)
