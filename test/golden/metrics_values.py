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
    present = len(set(y)) > 1
    v["zero_one_loss"] = m.zero_one_loss(y, call, **a)
    v["cohen_kappa_linear"] = m.cohen_kappa_score(y, call, labels=labels, weights="linear", **a)
    v["cohen_kappa_quadratic"] = m.cohen_kappa_score(y, call, labels=labels, weights="quadratic", **a)
    for name, score in (("f1", m.f1_score), ("precision", m.precision_score), ("recall", m.recall_score), ("jaccard", m.jaccard_score)):
        for average in ("macro", "micro", "weighted"):
            v[f"{name}_{average}"] = score(y, call, average=average, **a)
    if present:
        v["d2_log_loss_score"] = m.d2_log_loss_score(y, p, labels=labels, **a)
        v["d2_brier_score"] = m.d2_brier_score(y, p[:, 1] if k == 2 else p, labels=labels, **a)
    if k == 2:
        v["f1"] = m.f1_score(y, call, **a)
        v["precision"] = m.precision_score(y, call, **a)
        v["recall"] = m.recall_score(y, call, **a)
        v["average_precision"] = m.average_precision_score(y, p[:, 1], **a)
        v["roc_auc"] = m.roc_auc_score(y, p[:, 1], **a) if len(set(y)) == 2 else float("nan")
        v["jaccard"] = m.jaccard_score(y, call, **a)
        for beta in (2, 0.5):
            v[f"fbeta@{beta}"] = m.fbeta_score(y, call, beta=beta, **a)
        if present and len(set(call)) == 2:
            v["positive_likelihood_ratio"], v["negative_likelihood_ratio"] = m.class_likelihood_ratios(y, call, labels=labels, **a)
    else:
        v["top_k_accuracy@3"] = m.top_k_accuracy_score(y, p, k=3, labels=labels, **a) if k > 3 else 1
        v["top_2_accuracy"] = m.top_k_accuracy_score(y, p, k=2, labels=labels, **a)
        if len(set(y)) == k:
            v["roc_auc_ovr"] = m.roc_auc_score(y, p, multi_class="ovr", **a)
            v["roc_auc_ovr_weighted"] = m.roc_auc_score(y, p, multi_class="ovr", average="weighted", **a)
            v["average_precision"] = m.average_precision_score(np.eye(k)[y], p, average="macro", **a)
            if w is None:
                v["roc_auc_ovo"] = m.roc_auc_score(y, p, multi_class="ovo")
                v["roc_auc_ovo_weighted"] = m.roc_auc_score(y, p, multi_class="ovo", average="weighted")
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
    v["explained_variance"] = m.explained_variance_score(y, p, **a)
    v["d2_absolute_error_score"] = m.d2_absolute_error_score(y, p, **a)
    for alpha in (0.1, 0.9):
        v[f"mean_pinball_loss@{alpha}"] = m.mean_pinball_loss(y, p, alpha=alpha, **a)
        v[f"d2_pinball_score@{alpha}"] = m.d2_pinball_score(y, p, alpha=alpha, **a)
    if w is None:
        v["max_error"] = m.max_error(y, p)
    if (p > 0).all():
        v["mean_tweedie_deviance@-1"] = m.mean_tweedie_deviance(y, p, power=-1, **a)
    if (y > 0).all() and (p > 0).all():
        v["mean_gamma_deviance"] = m.mean_gamma_deviance(y, p, **a)
        v["mean_tweedie_deviance@3"] = m.mean_tweedie_deviance(y, p, power=3, **a)
    if (y >= 0).all() and (p > 0).all():
        v["mean_squared_log_error"] = m.mean_squared_log_error(y, p, **a)
        v["mean_tweedie_deviance@1.5"] = m.mean_tweedie_deviance(y, p, power=1.5, **a)
        if np.ptp(y) > 0:
            v["d2_tweedie_score@1.5"] = m.d2_tweedie_score(y, p, power=1.5, **a)
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
extreme = np.array([[0, 1], [1, 0], [1e-300, 1], [1 - 1e-16, 1e-16], [1e-16, 1 - 1e-16], [0.5, 0.5]])
classes("extreme probabilities", np.array([0, 0, 1, 1, 0, 1]), extreme, np.array([1, 2, 0.5, 1, 1, 1e-3]))
extreme = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1e-300, 1, 0], [1, 1e-17, 1e-17], [0.2, 0.4, 0.4]])
classes("extreme probabilities of three", np.array([0, 0, 1, 2, 1, 2]), extreme, np.array([1, 2, 0.5, 1, 1, 1e-3]))
classes("ties of three", rng.integers(0, 3, n), np.array([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])[rng.integers(0, 3, n)], None)
p = soft(n, 4)
classes("a class never seen", rng.integers(0, 3, n), p, None)
classes("multiclass, one class", np.full(n, 2), p, None)
y = rng.poisson(2, n).astype(float)
numbers("counts with zeros", y, y * 0.5 + 0.3, None)
numbers("constant target", np.full(n, 3.0), rng.normal(size=n) + 9, None)
numbers("constant and right", np.full(n, 3.0), np.full(n, 3.0), None)
y = np.array([1e-8, 1e12, 3.0, 1e6, 0.5, 2.0])
numbers("sizes far apart", y, np.array([1e-3, 2e12, 3.0, 1.0, 1e9, 2.0]), np.array([1, 0.5, 3, 1, 2, 0.1]))
with open(os.path.join(HERE, "metrics.json"), "w") as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=cases), f)
