"""fit-boosters.py SPEC: CatBoost, LightGBM and XGBoost with their defaults on the rows of SPEC, one thread each; prints one line of JSON by booster:
loss on the test rows (log loss or RMSE), trees kept, processor seconds of the fit. CatBoost and XGBoost watch the same validation rows; LightGBM does not stop early by default."""

import json
import os
import resource
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

warnings.filterwarnings("ignore")


def processor():
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def read(folder, meta):
    train = pd.read_csv(f"{folder}/train.csv", low_memory=False)
    test = pd.read_csv(f"{folder}/test.csv", low_memory=False)
    whole = pd.concat([train, test], keys=["train", "test"])
    y = whole.pop(meta["target"])
    if meta["task"] != "regression":
        y = y.astype(str).where(y.notna())
        y = y.map({c: i for i, c in enumerate(sorted(y["train"].dropna().unique()))})
    for c in whole.columns:
        if whole[c].dtype == bool:
            whole[c] = whole[c].astype(int)
    texts = [c for c in whole.columns if not pd.api.types.is_numeric_dtype(whole[c])]
    return whole, y, texts


def fit_catboost(parts, texts, regression, _):
    from catboost import CatBoostClassifier, CatBoostRegressor

    parts = [(x.copy(), y) for x, y in parts]
    for x, _y in parts:
        for c in texts:
            x[c] = x[c].astype(str).where(x[c].notna(), "missing")
    (x, y), (xv, yv), (xt, _y) = parts
    kind = CatBoostRegressor if regression else CatBoostClassifier
    model = kind(thread_count=1, verbose=0, allow_writing_files=False, random_seed=1)
    started = processor()
    model.fit(x, y, cat_features=texts, eval_set=(xv, yv), use_best_model=True)
    seconds = processor() - started
    return (model.predict(xt) if regression else model.predict_proba(xt)), getattr(model, "classes_", None), model.tree_count_, seconds


def fit_xgboost(parts, texts, regression, _):
    import xgboost

    parts = [(x.copy(), y) for x, y in parts]
    for c in texts:
        levels = pd.CategoricalDtype(sorted(parts[0][0][c].dropna().astype(str).unique()))
        for x, _y in parts:
            x[c] = x[c].astype(str).where(x[c].notna()).astype(levels)
    (x, y), (xv, yv), (xt, _y) = parts
    kind = xgboost.XGBRegressor if regression else xgboost.XGBClassifier
    # its default of 100 rounds without a stop is worse nearly everywhere
    model = kind(n_jobs=1, enable_categorical=True, n_estimators=1000, early_stopping_rounds=60)
    started = processor()
    model.fit(x, y, eval_set=[(xv, yv)], verbose=False)
    seconds = processor() - started
    return (model.predict(xt) if regression else model.predict_proba(xt)), getattr(model, "classes_", None), model.best_iteration + 1, seconds


def fit_lightgbm(parts, texts, regression, _):
    import lightgbm

    parts = [(x.copy(), y) for x, y in parts]
    for c in texts:
        levels = pd.CategoricalDtype(sorted(parts[0][0][c].dropna().astype(str).unique()))
        for x, _y in parts:
            x[c] = x[c].astype(str).where(x[c].notna()).astype(levels)
    # it refuses some characters in names
    parts = [(x.set_axis([f"c{i}" for i in range(x.shape[1])], axis=1), y) for x, y in parts]
    (x, y), _held, (xt, _y) = parts
    kind = lightgbm.LGBMRegressor if regression else lightgbm.LGBMClassifier
    model = kind(n_jobs=1, verbose=-1)
    started = processor()
    model.fit(x, y)
    seconds = processor() - started
    return (model.predict(xt) if regression else model.predict_proba(xt)), getattr(model, "classes_", None), model.n_estimators, seconds


def main(spec):
    with open(f"{spec['folder']}/meta.json") as f:
        meta = json.load(f)
    regression = meta["task"] == "regression"
    x, y, texts = read(spec["folder"], meta)
    kind = float if regression else int
    rows = [("train", spec["train"]), ("train", spec["validation"]), ("test", spec["test"])]
    parts = [(x.loc[part].iloc[own], y.loc[part].iloc[own].to_numpy(kind)) for part, own in rows]
    actual = parts[2][1]
    for name, fit in [("catboost", fit_catboost), ("lightgbm", fit_lightgbm), ("xgboost", fit_xgboost)]:
        predicted, classes, rounds, seconds = fit(parts, texts, regression, meta)
        if regression:
            loss = np.sqrt(np.mean((predicted - actual) ** 2))
        else:
            of = {int(c): i for i, c in enumerate(classes)}
            loss = -np.mean([np.log(max(1e-9, p[of[k]] if k in of else 0)) for p, k in zip(predicted, actual)])
        print(json.dumps(dict(name=name, loss=float(loss), rounds=int(rounds), seconds=seconds)))


if __name__ == "__main__":
    main(json.load(sys.stdin))
