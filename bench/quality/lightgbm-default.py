"""lightgbm-default.py FOLDER: LightGBM with its defaults on one split, 2 threads; prints one line of JSON with its score on the test part."""

import json
import re
import sys
import time
import warnings

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

warnings.filterwarnings("ignore")


def with_categories(train, test):
    train, test = train.copy(), test.copy()
    for c in train.columns:
        if not pd.api.types.is_numeric_dtype(train[c]):
            levels = pd.CategoricalDtype(sorted(train[c].dropna().astype(str).unique()))
            for part in (train, test):
                part[c] = part[c].astype(str).where(part[c].notna()).astype(levels)
    names = [re.sub(r"[^A-Za-z0-9_]", "_", str(c)) + f"_{i}" for i, c in enumerate(train.columns)]
    train.columns = test.columns = names
    return train, test


def main(folder):
    with open(f"{folder}/meta.json") as f:
        meta = json.load(f)
    train = pd.read_csv(f"{folder}/train.csv", low_memory=False)
    test = pd.read_csv(f"{folder}/test.csv", low_memory=False)
    target, task = meta["target"], meta["task"]
    if task != "regression":
        train[target], test[target] = train[target].astype(str), test[target].astype(str)
        classes = sorted(train[target].unique())
        test = test[test[target].isin(classes)]
    started = time.time()
    x, x_test = with_categories(train.drop(columns=target), test.drop(columns=target))
    y, y_test = train[target], test[target]
    model = (lgb.LGBMRegressor if task == "regression" else lgb.LGBMClassifier)(n_jobs=2, verbose=-1).fit(x, y)
    fit_s = time.time() - started
    if task == "regression":
        score = root_mean_squared_error(y_test, model.predict(x_test))
    else:
        p = pd.DataFrame(model.predict_proba(x_test), columns=[str(c) for c in model.classes_]).reindex(columns=classes).fillna(0).to_numpy()
        if task == "binary":
            score = roc_auc_score((y_test == classes[1]).astype(int), p[:, 1])
        else:
            p = np.clip(p, 1e-9, 1)
            score = log_loss(y_test, p / p.sum(1, keepdims=True), labels=classes)
    print(json.dumps(dict(name=meta["name"], score=float(score), fit_s=round(fit_s, 2), version=lgb.__version__)))


if __name__ == "__main__":
    main(sys.argv[1])
