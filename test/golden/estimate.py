"""Scores expected of calibrated probabilities by NannyML's CBPE, for test/golden/estimate.test.ts: python test/golden/estimate.py > test/golden/estimate.json"""
import json
import sys

import numpy as np
from nannyml.performance_estimation.confidence_based import metrics as nm

rng = np.random.default_rng(3)
cases = []
for n, threshold in [(60, 0.5), (400, 0.3), (150, 0.8)]:
    stated = np.round(rng.beta(0.7, 1.2, n), 6)
    stated = np.unique(stated)
    rng.shuffle(stated)
    true = np.round(np.clip(stated * 0.9 + rng.normal(size=len(stated)) * 0.05, 0.001, 0.999), 6)
    called = (stated >= threshold).astype(int)
    cases.append(dict(
        stated=stated.tolist(), true=true.tolist(), threshold=threshold,
        scores=dict(roc_auc=float(nm.estimate_roc_auc(true, stated)), average_precision=float(nm.estimate_ap(true, stated)),
                    f1=float(nm.estimate_f1(called, true)), precision=float(nm.estimate_precision(called, true)),
                    recall=float(nm.estimate_recall(called, true)), accuracy=float(nm.estimate_accuracy(called, true)))))
json.dump(cases, sys.stdout)
