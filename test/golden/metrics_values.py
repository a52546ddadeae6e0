"""Golden values of metrics: scikit-learn. Run: python test/golden/metrics_values.py"""
import json
import os
import warnings

import numpy as np
import sklearn
from sklearn import metrics as m

warnings.filterwarnings("ignore")
rng = np.random.default_rng(5)
HERE = os.path.dirname(os.path.abspath(__file__))
cases = []


def clean(v):
    v = float(v)
    return None if np.isnan(v) else v


def classes(name, y, p, w, threshold=0.5):
    k = p.shape[1]
    labels = list(range(k))
    call = (p[:, 1] >= threshold).astype(int) if k == 2 else p.argmax(1)
    a = dict(sample_weight=w)
    v = {
        "log_loss": m.log_loss(y, p, labels=labels, **a),
        "accuracy": m.accuracy_score(y, call, **a),
        "balanced_accuracy": m.balanced_accuracy_score(y, call, **a),
        "f1_macro": m.f1_score(y, call, average="macro", **a),
        "f1_weighted": m.f1_score(y, call, average="weighted", **a),
        "matthews_corrcoef": m.matthews_corrcoef(y, call, **a),
        "cohen_kappa": m.cohen_kappa_score(y, call, labels=labels, **a),
        "brier_score_loss": m.brier_score_loss(y, p[:, 1] if k == 2 else p, labels=labels, **a),
    }
    if k == 2:
        v["f1"] = m.f1_score(y, call, **a)
        v["precision"] = m.precision_score(y, call, **a)
        v["recall"] = m.recall_score(y, call, **a)
        v["average_precision"] = m.average_precision_score(y, p[:, 1], **a)
        v["roc_auc"] = m.roc_auc_score(y, p[:, 1], **a) if len(set(y)) == 2 else float("nan")
    else:
        v["top_2_accuracy"] = m.top_k_accuracy_score(y, p, k=2, labels=labels, **a)
        if len(set(y)) == k:
            v["roc_auc_ovr"] = m.roc_auc_score(y, p, multi_class="ovr", **a)
    cases.append(dict(name=name, task="binary" if k == 2 else "multiclass", outputs=k, threshold=threshold, actual=[int(x) for x in y],
                      predicted=[float(x) for x in p.ravel()], weights=None if w is None else [float(x) for x in w],
                      values={k: clean(x) for k, x in v.items()}))


def numbers(name, y, p, w):
    a = dict(sample_weight=w)
    v = {
        "r2": m.r2_score(y, p, **a),
        "root_mean_squared_error": m.root_mean_squared_error(y, p, **a),
        "mean_squared_error": m.mean_squared_error(y, p, **a),
        "mean_absolute_error": m.mean_absolute_error(y, p, **a),
        "median_absolute_error": m.median_absolute_error(y, p, **a),
        "mean_absolute_percentage_error": m.mean_absolute_percentage_error(y, p, **a),
        "mean_pinball_loss": m.mean_pinball_loss(y, p, **a),
    }
    if (y >= 0).all() and (p > 0).all():
        v["root_mean_squared_log_error"] = m.root_mean_squared_log_error(y, p, **a)
        v["mean_poisson_deviance"] = m.mean_poisson_deviance(y, p, **a)
    cases.append(dict(name=name, task="regression", outputs=1, threshold=None, actual=[float(x) for x in y], predicted=[float(x) for x in p],
                      weights=None if w is None else [float(x) for x in w], values={k: clean(x) for k, x in v.items()}))


def soft(n, k, decimals=None, sharp=1.5):
    z = np.exp(sharp * rng.normal(size=(n, k)))
    p = z / z.sum(1, keepdims=True)
    if decimals:
        p = np.round(p[:, :1], decimals)
        p = np.hstack([1 - p, p])
    return p


for n in (7, 40, 300):
    for weighted in (False, True):
        w = rng.uniform(0, 3, n) * (rng.random(n) > 0.1) if weighted else None
        p2 = soft(n, 2)
        y = (rng.random(n) < p2[:, 1]).astype(int)
        y[:2] = [0, 1]
        if w is not None:
            w[:2] = 1
        classes(f"binary n={n} weights={weighted}", y, p2, w)
        classes(f"binary ties n={n} weights={weighted}", y, soft(n, 2, 1), w, threshold=0.35)
        for k in (3, 6):
            p = soft(n, k)
            y = np.array([rng.choice(k, p=q) for q in p])
            y[: min(k, n)] = np.arange(k)[: min(k, n)]
            if w is not None:
                w[: min(k, n)] = 1
            classes(f"multiclass k={k} n={n} weights={weighted}", y, p, w)
        y = np.exp(rng.normal(size=n))
        numbers(f"positive n={n} weights={weighted}", y, y * np.exp(0.4 * rng.normal(size=n)), w)
        y = rng.normal(size=n)
        numbers(f"signed n={n} weights={weighted}", y, np.round(y + rng.normal(size=n), 1), w)
n = 30
classes("one class", np.zeros(n, int), soft(n, 2), None)
classes("all called negative", rng.integers(0, 2, n), np.tile([0.9, 0.1], (n, 1)), None)
classes("certain and wrong", np.arange(n) % 2, np.tile([1.0, 0.0], (n, 1)), None)
p = soft(n, 4)
classes("a class never seen", rng.integers(0, 3, n), p, None)
classes("multiclass, one class", np.full(n, 2), p, None)
y = rng.poisson(2, n).astype(float)
numbers("counts with zeros", y, y * 0.5 + 0.3, None)
numbers("constant target", np.full(n, 3.0), rng.normal(size=n) + 9, None)
numbers("constant and right", np.full(n, 3.0), np.full(n, 3.0), None)
with open(os.path.join(HERE, "metrics.json"), "w") as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=cases), f)
