"""Weights on the simplex by scipy's SLSQP: the reference of src/engine/automl/stack-weights.ts. Writes stacker.json."""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

RIDGE = 0.003
rng = np.random.default_rng(5)


def solve(loss, k):
    w0 = np.full(k, 1 / k)
    r = minimize(
        lambda w: loss(w) + RIDGE * np.sum((w - 1 / k) ** 2),
        w0,
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    return {"weights": r.x.round(9).tolist(), "loss": float(r.fun)}


n = 120
y = rng.normal(size=n) * 3 + 10
noise = [0.5, 0.7, 2.0, 1.0]
parts = [y + s * rng.normal(size=n) for s in noise]
parts[1] = 0.8 * parts[0] + 0.2 * parts[1] + 0.3
parts = [p.round(4) for p in parts]
y = y.round(4)
sample = rng.uniform(0.5, 2, n).round(3)


def squares(weights):
    mean = np.sum(weights * y) / weights.sum()
    var = np.sum(weights * (y - mean) ** 2)
    return lambda w: np.sum(weights * (sum(a * p for a, p in zip(w, parts)) - y) ** 2) / var


classes = 3
labels = rng.integers(0, classes, n)
scores = []
for s, t in [(1.0, 2.0), (2.0, 1.5), (4.0, 1.0)]:
    z = rng.normal(size=(n, classes)) * s
    z[np.arange(n), labels] += 2 * t
    z -= np.logaddexp.reduce(z, 1, keepdims=True)
    scores.append(z.round(4))


def logloss(w):
    z = sum(a * s for a, s in zip(w, scores))
    z = z - np.logaddexp.reduce(z, 1, keepdims=True)
    return -np.mean(z[np.arange(n), labels])


out = {
    "numbers": {
        "actual": y.tolist(),
        "parts": [p.tolist() for p in parts],
        "sample": sample.tolist(),
        "plain": solve(squares(np.ones(n)), 4),
        "weighted": solve(squares(sample), 4),
    },
    "classes": {"actual": labels.tolist(), "parts": [s.ravel().tolist() for s in scores], "plain": solve(logloss, 3)},
}
Path(__file__).with_name("stacker.json").write_text(json.dumps(out) + "\n")
