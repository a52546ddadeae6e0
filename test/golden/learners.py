"""References of scikit-learn and interpret for test/golden/learners.test.ts. Run: python learners.py > learners.json

Nearest neighbours and naive Bayes have one right answer, so that predictions themselves are written down, on the made data of trees.py. Networks and
explainable boosting have not: their losses on five folds of two small real tables that come with scikit-learn (diabetes; the means of breast cancer).
"""
import json
import sys
import warnings

import interpret
import numpy as np
import sklearn
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from trees import data, target_of, uniform

warnings.filterwarnings('ignore')
ROWS, TRAIN, FOLDS = 460, 400, 5
EXACT = [
    dict(name='neighbours, two classes, alike', learner='nearest-neighbours', kind='binary', seed=51, k=7, voting='uniform'),
    dict(name='neighbours, several classes, by distance', learner='nearest-neighbours', kind='multiclass', seed=52, k=12, voting='distance'),
    dict(name='neighbours, numbers, alike', learner='nearest-neighbours', kind='regression', seed=53, k=1, voting='uniform'),
    dict(name='neighbours, numbers, by distance', learner='nearest-neighbours', kind='regression', seed=54, k=20, voting='distance'),
    dict(name='bells, two classes', learner='naive-bayes', kind='binary', seed=55),
    dict(name='bells, several classes, weights', learner='naive-bayes', kind='multiclass', seed=56, weights=True),
    dict(name='bells and categories, two classes', learner='naive-bayes', kind='binary', seed=57, levels=[4, 30], smoothing=1.0),
    dict(name='bells and categories, several classes, weights', learner='naive-bayes', kind='multiclass', seed=58, levels=[7], smoothing=0.25, weights=True),
]


def exact(case):
    x, z, u, categorical = data(case, ROWS)
    y = target_of(case['kind'], z, u, case['seed'], ROWS)
    frame = np.column_stack(x)
    train, test = frame[:TRAIN], frame[TRAIN:]
    weights = np.floor(uniform(case['seed'], 90, TRAIN) * 4) if case.get('weights') else None
    if case['learner'] == 'nearest-neighbours':
        kind = KNeighborsRegressor if case['kind'] == 'regression' else KNeighborsClassifier
        model = kind(case['k'], weights=case['voting']).fit(train, y[:TRAIN])
        predicted = model.predict(test) if case['kind'] == 'regression' else model.predict_proba(test)
    else:
        numeric = [c for c in range(frame.shape[1]) if c not in categorical]
        bells = GaussianNB().fit(train[:, numeric], y[:TRAIN], weights)
        joint = bells.predict_joint_log_proba(test[:, numeric])
        if categorical:
            # a missing cell is one more category
            codes = frame[:, categorical] + 1
            counts = CategoricalNB(alpha=case['smoothing'], min_categories=[n + 1 for n in case['levels']]).fit(codes[:TRAIN], y[:TRAIN], weights)
            joint = joint + counts.predict_joint_log_proba(codes[TRAIN:]) - np.log(bells.class_prior_)
        predicted = np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))
    return {**case, 'predicted': [float(f'{v:.9g}') for v in np.ravel(predicted)]}


def losses(table, kind, make):
    """Root mean squared error, or log loss, of each fold."""
    found = []
    for fold in range(FOLDS):
        held = np.arange(len(table.y)) % FOLDS == fold
        centre, spread = table.x[~held].mean(0), table.x[~held].std(0)
        x = (table.x - centre) / spread
        y, location, scale = table.y, 0.0, 1.0
        if kind == 'regression':
            location, scale = y[~held].mean(), y[~held].std()
        model = make(fold).fit(x[~held], (y[~held] - location) / scale if kind == 'regression' else y[~held])
        if kind == 'regression':
            found.append(np.sqrt(np.mean((model.predict(x[held]) * scale + location - y[held]) ** 2)))
        else:
            p = model.predict_proba(x[held])[np.arange(held.sum()), y[held].astype(int)]
            found.append(-np.mean(np.log(np.maximum(p, 1e-15))))
    print(table.name, np.mean(found), file=sys.stderr)
    return [float(f'{v:.6g}') for v in found]


class RealTable:
    def __init__(self, name, kind, x, y):
        self.name, self.kind, self.y = name, kind, y
        self.x = np.array([[float(f'{v:.5g}') for v in row] for row in x])

    def measured(self):
        classes = self.kind == 'binary'
        network = MLPClassifier if classes else MLPRegressor
        boosting = ExplainableBoostingClassifier if classes else ExplainableBoostingRegressor
        own = dict(hidden_layer_sizes=(128, 128), early_stopping=True, validation_fraction=0.2, n_iter_no_change=20, max_iter=500)
        found = {
            'neural-network': losses(self, self.kind, lambda fold: network(**own, random_state=fold)),
            'additive': losses(self, self.kind, lambda fold: boosting(random_state=fold, n_jobs=1, outer_bags=4)),
        }
        return dict(name=self.name, kind=self.kind, columns=self.x.T.tolist(), target=self.y.tolist(), losses=found)


def shuffled(x, y):
    order = np.argsort(uniform(59, 0, len(y)), kind='stable')
    return x[order], y[order].astype(float)


diabetes, cancer = load_diabetes(scaled=False), load_breast_cancer()
tables = [
    RealTable('diabetes', 'regression', *shuffled(diabetes.data, diabetes.target)),
    RealTable('breast cancer, means', 'binary', *shuffled(cancer.data[:, :10], cancer.target)),
]
json.dump(
    dict(
        sklearn=sklearn.__version__, interpret=interpret.__version__, rows=ROWS, train=TRAIN, folds=FOLDS,
        exact=[exact(c) for c in EXACT], tables=[t.measured() for t in tables],
    ),
    sys.stdout,
)
print()
