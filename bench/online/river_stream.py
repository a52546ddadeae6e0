"""river's learners on a table, row by row: test, then train. Usage: river_stream.py DATA.csv TARGET classes|number LEARNER [--drop a,b]

Prints one JSON line: scores over all rows by the names and definitions of scikit-learn, and seconds of the loop without reading the file.
Numbers go in as floats, everything else as text; river's LogisticRegression and LinearRegression get standardised numbers and one-hot texts.
"""
import argparse
import json
import math
import time

import pandas as pd
from river import compose, forest, linear_model, metrics, optim, preprocessing, tree

p = argparse.ArgumentParser()
p.add_argument('data')
p.add_argument('target')
p.add_argument('predicts')
p.add_argument('learner')
p.add_argument('--drop', default='')
p.add_argument('--seed', type=int, default=0)
a = p.parse_args()

frame = pd.read_csv(a.data, low_memory=False)
frame = frame.drop(columns=[c for c in a.drop.split(',') if c])
target = frame.pop(a.target)
numeric = {c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c])}
for c in numeric:
    frame[c] = frame[c].astype(float)
columns = list(frame.columns)
rows = [
    {c: v for c, v in zip(columns, row) if not (v is None or v != v)}
    for row in frame.astype(object).itertuples(index=False, name=None)
]
answers = target.tolist()
classes = a.predicts == 'classes'


def linear(model):
    numbers = compose.SelectType(float) | preprocessing.StandardScaler()
    words = compose.SelectType(str) | preprocessing.OneHotEncoder()
    return (numbers + words) | model


model = {
    ('arf', True): lambda: forest.ARFClassifier(seed=a.seed),
    ('arf', False): lambda: forest.ARFRegressor(seed=a.seed),
    ('hoeffding', True): lambda: tree.HoeffdingTreeClassifier(),
    ('hoeffding', False): lambda: preprocessing.StandardScaler() | tree.HoeffdingTreeRegressor() if len(numeric) == len(columns) else tree.HoeffdingTreeRegressor(),
    ('ftrl', True): lambda: linear(linear_model.LogisticRegression(optim.FTRLProximal())),
    ('ftrl', False): lambda: linear(linear_model.LinearRegression(optim.FTRLProximal())),
}[(a.learner, classes)]()

if classes:
    scores = {'accuracy': metrics.Accuracy(), 'cohen_kappa': metrics.CohenKappa(), 'log_loss': metrics.LogLoss()}
    if a.learner == 'ftrl':
        names = sorted(set(answers))
        answers = [y == names[-1] for y in answers]
    else:
        names = sorted(set(answers))
        if len(names) == 2:
            answers = [y == names[-1] for y in answers]
else:
    scores = {'root_mean_squared_error': metrics.RMSE(), 'mean_absolute_error': metrics.MAE(), 'r2': metrics.R2()}

start = time.perf_counter()
for x, y in zip(rows, answers):
    if y is None or y != y:
        continue
    if classes:
        proba = model.predict_proba_one(x)
        called = max(proba, key=proba.get) if proba else None
        for name, score in scores.items():
            if name == 'log_loss':
                if set(proba) <= {True, False}:
                    score.update(y, proba or {True: 0.5, False: 0.5})
            elif called is not None:
                score.update(y, called)
    else:
        guess = model.predict_one(x) or 0.0
        if math.isfinite(guess):
            for score in scores.values():
                score.update(y, guess)
    model.learn_one(x, y)
seconds = time.perf_counter() - start
print(json.dumps({'scores': {k: v.get() for k, v in scores.items()}, 'rows': len(rows), 'seconds': seconds}))
