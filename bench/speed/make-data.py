"""make-data.py SPEC FOLDER: raw binary files of float64 for one case: x-train, x-test (column after column), y-train, y-test, in FOLDER.

The target hangs on interactions, bends and steps of a few columns, on the first categories if there are any, and on noise. Categories are
whole numbers from 0; the categorical columns stand last and have 5 to 200 levels of unequal frequency.
"""

import json
import os
import sys

import numpy as np


def categories(rng, rows, count):
    sizes = np.unique(np.geomspace(5, 200, count).astype(int))
    while len(sizes) < count:
        sizes = np.append(sizes, sizes[-1] - 1)
    out = []
    for size in sizes[:count]:
        share = rng.pareto(1.5, size) + 0.05
        out.append(rng.choice(size, rows, p=share / share.sum()).astype(np.float64))
    return out, sizes


def signal(rng, numeric, kinds, sizes):
    x = numeric
    # interactions with main effects: a greedy tree then finds them without luck, and scores vary less from seed to seed
    s = 0.7 * (1 + x[0]) * (1 + x[1]) + np.sin(2 * x[2]) + 0.5 * x[3] ** 2 + 0.3 * sum(x[4:10])
    if len(x) > 11:
        s = s + (x[10] > 0.5) * x[11]
    for k, size in list(zip(kinds, sizes))[:6]:
        s = s + rng.normal(0, 0.6, size)[k.astype(int)]
    return s


def main(spec, folder):
    rng = np.random.default_rng(spec["seed"])
    rows, total = spec["rows"], spec["rows"] + spec["testRows"]
    numeric = [rng.normal(size=total) for _ in range(spec["columns"] - spec["categories"])]
    kinds, sizes = categories(rng, total, spec["categories"]) if spec["categories"] else ([], [])
    s = signal(rng, numeric, kinds, sizes)
    noisy = s + rng.normal(size=total)
    if spec["task"] == "binary":
        y = (noisy > np.median(s)).astype(np.float64)
    elif spec["task"] == "multiclass":
        # unequal shares; a second signal so that classes are no mere slices of the first
        other = (1 + numeric[12]) * (1 + numeric[13]) + numeric[14] + rng.normal(size=total)
        cut = np.digitize(noisy, np.quantile(s, [0.4, 0.75]))
        y = np.where(cut == 2, 6, cut * 3 + np.digitize(other, np.quantile(other, [0.5, 0.8]))).astype(np.float64)
    else:
        y = noisy
    for part, at in (("train", slice(0, rows)), ("test", slice(rows, total))):
        with open(f"{folder}/x-{part}", "wb") as f:
            for column in numeric + kinds:
                column[at].tofile(f)
        y[at].tofile(f"{folder}/y-{part}")


if __name__ == "__main__":
    os.makedirs(sys.argv[2], exist_ok=True)
    main(json.loads(sys.argv[1]), sys.argv[2])
