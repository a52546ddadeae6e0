"""make-mixed-table.py FILE ROWS: a CSV of 10 numbers (5 % missing), 10 categories of 5 to 200 levels and a yes/no target `y`."""

import sys

import numpy as np
import pandas as pd


def main(file, rows):
    rng = np.random.default_rng(2)
    frame, signal = {}, np.zeros(rows)
    for i in range(10):
        x = rng.normal(size=rows).round(6)
        signal += np.sin((i + 1) * x / 3) + 0.2 * x
        x[rng.random(rows) < 0.05] = np.nan
        frame[f"number {i}"] = x
    for i, levels in enumerate(np.geomspace(5, 200, 10).astype(int)):
        k = rng.integers(0, levels, rows)
        signal += rng.normal(0, 0.5, levels)[k]
        frame[f"kind {i}"] = [f"level {j}" for j in k]
    frame["y"] = np.where(signal + rng.normal(size=rows) > np.median(signal), "yes", "no")
    pd.DataFrame(frame).to_csv(file, index=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
