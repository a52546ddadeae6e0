"""fit-references.py: a known implementation of each learner on the rows of a split (JSON on standard input: folder, train, test, learner); prints one line of
JSON: its name, loss on the test rows (log loss or RMSE), processor seconds of the fit; nothing when it is not installed or there is none."""

import json
import os
import resource
import sys
import warnings

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'):
    os.environ[name] = '1'

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn import ensemble, linear_model, naive_bayes, neighbors, neural_network  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.dummy import DummyClassifier, DummyRegressor  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler  # noqa: E402

warnings.filterwarnings('ignore')
asked = json.load(sys.stdin)
meta = json.load(open(f"{asked['folder']}/meta.json"))
regression = meta['task'] == 'regression'
train, test = (pd.read_csv(f"{asked['folder']}/{part}.csv", low_memory=False) for part in ('train', 'test'))
train, test = train.iloc[asked['train']], test.iloc[asked['test']]
y, y_test = train.pop(meta['target']), test.pop(meta['target'])
if not regression:
    classes = {c: i for i, c in enumerate(sorted(pd.concat([y, y_test]).astype(str).unique()))}
    y, y_test = y.astype(str).map(classes), y_test.astype(str).map(classes)
    # a class without a training row would have no column
    present = np.sort(y.unique())
y, y_test = y.to_numpy(float), y_test.to_numpy(float)
texts = [c for c in train.columns if not pd.api.types.is_numeric_dtype(train[c])]
numbers = [c for c in train.columns if c not in texts]
for c in texts:
    train[c], test[c] = (x[c].astype(str).where(x[c].notna()) for x in (train, test))
dense = ColumnTransformer(
    [
        ('numbers', make_pipeline(SimpleImputer(strategy='median'), StandardScaler()), numbers),
        ('texts', OneHotEncoder(handle_unknown='infrequent_if_exist', max_categories=50, sparse_output=False), texts),
    ]
)
codes = ColumnTransformer(
    [
        ('numbers', SimpleImputer(strategy='median'), numbers),
        ('texts', OrdinalEncoder(handle_unknown='use_encoded_value', unknown_value=-2, encoded_missing_value=-1), texts),
    ]
)


def processor():
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def pick(for_classes, for_numbers):
    return for_numbers if regression else for_classes


def lightgbm():
    import lightgbm

    parts = [x.copy() for x in (train, test)]
    for c in texts:
        levels = pd.CategoricalDtype(sorted(parts[0][c].dropna().unique()))
        for x in parts:
            x[c] = x[c].astype(levels)
    kind = pick(lightgbm.LGBMClassifier, lightgbm.LGBMRegressor)
    for x in parts:
        x.columns = [f'c{i}' for i in range(x.shape[1])]
    return kind(n_jobs=1, verbose=-1), parts


def boosting():
    from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor

    return pick(ExplainableBoostingClassifier, ExplainableBoostingRegressor)(n_jobs=1, random_state=1), (train, test)


def made(encoder, model):
    return lambda: (model(), (encoder.fit_transform(train), encoder.transform(test)))


network = dict(hidden_layer_sizes=(128, 128), early_stopping=True, max_iter=200, random_state=1)
kinds = {
    'baseline': ('mean, frequencies', made(codes, lambda: pick(DummyClassifier(), DummyRegressor()))),
    'linear': ('LogisticRegression, Ridge', made(dense, lambda: pick(linear_model.LogisticRegression(max_iter=1000), linear_model.Ridge()))),
    'naive-bayes': ('GaussianNB', made(dense, lambda: naive_bayes.GaussianNB())) if not regression else None,
    'nearest-neighbours': (
        'KNeighbors, 15, by distance',
        made(dense, lambda: pick(neighbors.KNeighborsClassifier, neighbors.KNeighborsRegressor)(15, weights='distance')),
    ),
    'additive': ('interpret', boosting),
    'random-forest': ('RandomForest', made(codes, lambda: pick(ensemble.RandomForestClassifier, ensemble.RandomForestRegressor)(random_state=1))),
    'extra-trees': ('ExtraTrees', made(codes, lambda: pick(ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor)(random_state=1))),
    'boosted-trees': ('LightGBM', lightgbm),
    'neural-network': ('MLP 128 × 128', made(dense, lambda: pick(neural_network.MLPClassifier, neural_network.MLPRegressor)(**network))),
}
if kinds.get(asked['learner']) is None:
    sys.exit()
name, make = kinds[asked['learner']]
try:
    model, (x, x_test) = make()
except ImportError:
    sys.exit()
location, scale = (y.mean(), y.std()) if regression else (0.0, 1.0)
started = processor()
model.fit(x, (y - location) / scale if regression else y)
seconds = processor() - started
if regression:
    loss = float(np.sqrt(np.mean((model.predict(x_test) * scale + location - y_test) ** 2)))
else:
    known = np.zeros((len(y_test), len(classes)))
    known[:, present.astype(int)] = model.predict_proba(x_test)
    loss = float(-np.mean(np.log(np.maximum(known[np.arange(len(y_test)), y_test.astype(int)], 1e-9))))
print(json.dumps(dict(name=name, loss=loss, seconds=seconds)))
