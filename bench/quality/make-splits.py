"""make-splits.py DATA OUT: one fixed 80/20 split of every tabular set that DATA/data.json lists.

Writes OUT/NAME/{train.csv,test.csv,meta.json}. The rule: rows without a target dropped, columns listed as leaks or ids dropped, at most
50,000 rows (a sample), a fifth of the rows (of each class) for the test; the random numbers are seeded by the set's name, so that every
peer sees the same rows. Sets that are there already are kept.
"""

import hashlib
import json
import os
import sys

import numpy as np
import pandas as pd

METRIC = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
MOST_ROWS = 50_000


def read(path):
    if path.endswith("parquet"):
        return pd.read_parquet(path)
    return pd.read_csv(path, low_memory=False, encoding_errors="replace")


def listed_columns(entry):
    return [c if isinstance(c, str) else c.get("column", c.get("name")) for c in (entry.get("drop") or [])]


def test_rows(y, task, rng):
    n = len(y)
    test = np.zeros(n, bool)
    if task == "regression":
        test[rng.permutation(n)[: n // 5]] = True
        return test
    y = y.astype(str).to_numpy()
    for label in sorted(set(y)):
        rows = rng.permutation(np.flatnonzero(y == label))
        if len(rows) >= 2:
            test[rows[: max(1, len(rows) // 5)]] = True
    return test


def split(entry, source, folder):
    frame = read(os.path.join(source, entry["file"]))
    target = entry["target"]
    frame = frame[frame[target].notna()]
    dropped = [c for c in listed_columns(entry) if c in frame.columns and c != target]
    frame = frame.drop(columns=dropped)
    rng = np.random.default_rng(int(hashlib.sha256(entry["name"].encode()).hexdigest()[:8], 16))
    if len(frame) > MOST_ROWS:
        frame = frame.iloc[np.sort(rng.choice(len(frame), MOST_ROWS, replace=False))]
    test = test_rows(frame[target], entry["task"], rng)
    frame[~test].to_csv(os.path.join(folder, "train.csv"), index=False)
    frame[test].to_csv(os.path.join(folder, "test.csv"), index=False)
    rows, columns = frame.shape
    meta = dict(name=entry["name"], task=entry["task"], target=target, metric=METRIC[entry["task"]], rows=rows, columns=columns, dropped=dropped)
    with open(os.path.join(folder, "meta.json"), "w") as f:
        json.dump(meta, f)


def main(source, out):
    with open(os.path.join(source, "data.json")) as f:
        entries = json.load(f)
    for entry in entries:
        folder = os.path.join(out, entry["name"])
        if entry["task"] not in METRIC or os.path.exists(os.path.join(folder, "meta.json")):
            continue
        os.makedirs(folder, exist_ok=True)
        split(entry, source, folder)
        print(entry["name"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
