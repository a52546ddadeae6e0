"""NannyML's estimates for the chunks that run.mjs wrote: nannyml_scores.py <folder> <kind> <outputs>; a list of {metric: {value, low, high}} on the last line."""
import json
import sys
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
import nannyml as nml  # noqa: E402

folder, kind, outputs = sys.argv[1], sys.argv[2], int(sys.argv[3])
reference, chunks = (pd.read_csv(f"{folder}/{name}.csv") for name in ("reference", "chunks"))
features = [c for c in reference if c.startswith("x")]
for c in features:
    if reference[c].dtype == object:
        levels = pd.api.types.CategoricalDtype(reference[c].dropna().unique())
        reference[c] = reference[c].astype(levels)
        chunks[c] = chunks[c].astype(object).astype(levels)
size = int((chunks["chunk"] == 0).sum())
# chunks of other sizes are estimated by themselves
out = []
if kind == "binary":
    for d in (reference, chunks):
        d["called"] = (d["p1"] >= 0.5).astype(int)
    metrics = ["roc_auc", "f1", "accuracy", "precision", "recall", "average_precision"]
    estimator = nml.CBPE(problem_type="classification_binary", y_true="y", y_pred="called", y_pred_proba="p1", metrics=metrics, chunk_size=size)
elif kind == "multiclass":
    columns = [f"p{k}" for k in range(outputs)]
    for d in (reference, chunks):
        d["y"] = d["y"].astype(int).astype(str)
        d["called"] = d[columns].to_numpy().argmax(axis=1).astype(str)
    metrics = ["roc_auc", "f1", "accuracy"]
    estimator = nml.CBPE(problem_type="classification_multiclass", y_true="y", y_pred="called", y_pred_proba={str(k): f"p{k}" for k in range(outputs)},
                         metrics=metrics, chunk_size=size)
else:
    metrics = ["mae", "mse", "rmse"]
    estimator = nml.DLE(feature_column_names=features, y_pred="p0", y_true="y", metrics=metrics, chunk_size=size)
estimator.fit(reference)
for number, chunk in chunks.groupby("chunk"):
    found = {}
    frame = estimator.estimate(chunk.reset_index(drop=True)).filter(period="analysis").to_df()
    for m in metrics:
        row = frame[m].iloc[0]
        low, high = row.get("lower_confidence_boundary", np.nan), row.get("upper_confidence_boundary", np.nan)
        found[m] = dict(value=float(row["value"]), low=float(low), high=float(high))
    out.append({m: {k: (None if np.isnan(v) else v) for k, v in f.items()} for m, f in found.items()})
print(json.dumps(out))
