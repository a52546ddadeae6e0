"""mlflow-model.py TABLE.csv FOLDER TREES LEAVES: LightGBM on the numbers of a table, saved as an MLflow model with its signature."""

import sys

import lightgbm
import mlflow
import mlflow.lightgbm
import pandas as pd


def main(table, folder, trees, leaves):
    frame = pd.read_csv(table)
    x, y = frame.drop(columns="y"), (frame["y"] == "yes").astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=int(trees), num_leaves=int(leaves), verbose=-1, n_jobs=1).fit(x, y)
    mlflow.lightgbm.save_model(model, folder, signature=mlflow.models.infer_signature(x, model.predict(x)))


if __name__ == "__main__":
    main(*sys.argv[1:])
