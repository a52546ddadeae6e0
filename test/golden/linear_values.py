"""Golden coefficients of linear models: scikit-learn, converged far. Run: python test/golden/linear_values.py"""
import json
import os

import numpy as np
import sklearn
from sklearn.linear_model import ElasticNet, LogisticRegression, PoissonRegressor, Ridge

rng = np.random.default_rng(3)
HERE = os.path.dirname(os.path.abspath(__file__))
cases = []


def table(n, d):
    x = rng.normal(size=(n, d)) @ (np.eye(d) + 0.4 * rng.normal(size=(d, d)))
    x = (x - x.mean(0)) / x.std(0) + 0.3 * rng.normal(size=d)
    return np.round(x, 6)


def add(name, kind, x, y, w, l2, l1_ratio, coef, intercept, k):
    cases.append(dict(name=name, kind=kind, rows=x.shape[0], columns=x.T.ravel().tolist(), target=np.asarray(y, float).tolist(),
                      weights=None if w is None else w.tolist(), l2=l2, l1Ratio=l1_ratio, classes=k,
                      coef=np.ravel(coef).tolist(), intercept=np.ravel(intercept).tolist()))


for n, d, weighted, l2 in ((120, 5, False, 0.01), (90, 8, True, 0.3), (30, 40, False, 0.05)):
    x = table(n, d)
    w = np.round(rng.uniform(0, 3, n), 3) if weighted else None
    total = n if w is None else w.sum()
    beta = rng.normal(size=(d, 4))
    y = (x @ beta[:, 0] + rng.normal(size=n) > 0.4).astype(int)
    m = LogisticRegression(C=1 / (l2 * total), solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(x, y, w)
    add(f"logistic {n}x{d} weights={weighted}", "binary", x, y, w, l2, 0, m.coef_, m.intercept_, 2)
    y = (x @ beta + rng.gumbel(size=(n, 4))).argmax(1)
    y[:4] = np.arange(4)
    m = LogisticRegression(C=1 / (l2 * total), solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(x, y, w)
    b = m.intercept_ - m.intercept_.mean()
    add(f"multinomial {n}x{d} weights={weighted}", "multiclass", x, y, w, l2, 0, m.coef_, b, 4)
    y = np.round(x @ beta[:, 1] * 50 + 1000 + 30 * rng.normal(size=n), 4)
    m = Ridge(alpha=l2 * total, tol=1e-14).fit(x, y, w)
    add(f"ridge {n}x{d} weights={weighted}", "regression", x, y, w, l2, 0, m.coef_, m.intercept_, 0)
    sd = np.sqrt(np.average((y - np.average(y, weights=w)) ** 2, weights=w))
    m = ElasticNet(alpha=l2, l1_ratio=0.6, tol=1e-14, max_iter=1000000).fit(x, (y - y.mean()) / sd, w)
    add(f"elastic net {n}x{d} weights={weighted}", "regression", x, y, w, l2, 0.6, m.coef_ * sd, m.intercept_ * sd + y.mean(), 0)
    y = (x @ beta[:, 0] + rng.normal(size=n) > 0.4).astype(int)
    m = LogisticRegression(C=1 / (l2 * total), solver="saga", l1_ratio=0.5, penalty="elasticnet", tol=1e-12, max_iter=200000, random_state=1).fit(x, y, w)
    add(f"logistic elastic net {n}x{d} weights={weighted}", "binary", x, y, w, l2, 0.5, m.coef_, m.intercept_, 2)
for n, d, weighted, l2 in ((150, 5, False, 0.01), (80, 8, True, 0.2)):
    x = table(n, d)
    w = np.round(rng.uniform(0, 3, n), 3) if weighted else None
    total = n if w is None else w.sum()
    y = rng.poisson(np.exp(x @ rng.normal(scale=0.4, size=d) + 1.5))
    m = PoissonRegressor(alpha=l2 * np.average(y, weights=w), solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(x, y, w)
    add(f"Poisson {n}x{d} weights={weighted}", "regression", x, y, w, l2, 0, m.coef_, m.intercept_, 0)
    cases[-1]["objective"] = "poisson"
    y = (x @ rng.normal(size=(d, 3)) + rng.gumbel(size=(n, 3))).argmax(1)
    y[:3] = np.arange(3)
    m = LogisticRegression(C=1 / (l2 * total), solver="saga", l1_ratio=0.5, penalty="elasticnet", tol=1e-12, max_iter=200000, random_state=1).fit(x, y, w)
    add(f"multinomial elastic net {n}x{d} weights={weighted}", "multiclass", x, y, w, l2, 0.5, m.coef_, m.intercept_ - m.intercept_.mean(), 3)
with open(os.path.join(HERE, "linear.json"), "w") as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=cases), f)
