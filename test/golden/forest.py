"""scikit-learn's forests and LightGBM's extra_trees on made data, for test/golden/forest.test.ts. Run: python forest.py > forest.json

The data are those of trees.py. Each case is fitted on five subsamples with five seeds; losses are the root of the mean squared error (for classes of
all their shares) on the held-out rows.
"""
import json
import sys

import lightgbm as lgb
import numpy as np
import sklearn
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from trees import COMMON, SUBSAMPLES, TEST, TRAIN, data, target_of, uniform

TREES = 100
CASES = [
    dict(name='forest, two classes', learner='random-forest', kind='binary', seed=31, min_rows=3),
    dict(name='forest, two classes, missing cells', learner='random-forest', kind='binary', seed=32, min_rows=1, missing=True),
    dict(name='forest, several classes', learner='random-forest', kind='multiclass', seed=33, min_rows=2),
    dict(name='forest, numbers, half of the columns', learner='random-forest', kind='regression', seed=34, min_rows=2, share=0.5),
    dict(name='forest, numbers, all columns, few leaves', learner='random-forest', kind='regression', seed=35, min_rows=1, share=1.0, leaves=40),
    dict(name='extra trees, two classes', learner='extra-trees', kind='binary', seed=36, min_rows=3),
    dict(name='extra trees, several classes', learner='extra-trees', kind='multiclass', seed=37, min_rows=2),
    dict(name='extra trees, numbers', learner='extra-trees', kind='regression', seed=38, min_rows=2, share=0.5),
    dict(name='boosting with drawn thresholds, two classes', learner='boosted-trees', kind='binary', seed=39, min_rows=20),
    dict(name='boosting with drawn thresholds, numbers', learner='boosted-trees', kind='regression', seed=40, min_rows=20),
    dict(name='boosting with drawn thresholds, categories', learner='boosted-trees', kind='regression', seed=41, min_rows=20, levels=[12, 60]),
]


def boosted(case, frame, y, kept, sub, categorical):
    parameters = {**COMMON, 'objective': 'binary' if case['kind'] == 'binary' else 'l2', 'extra_trees': True, 'extra_seed': sub + 1}
    model = lgb.train(parameters, lgb.Dataset(frame[kept], y[kept], categorical_feature=categorical, params=parameters), 80)
    p = model.predict(frame[TRAIN:])
    return np.column_stack([1 - p, p]) if case['kind'] == 'binary' else p


def forest(case, frame, y, kept, sub):
    classes = case['kind'] != 'regression'
    kinds = dict(zip(('random-forest', 'extra-trees'), (RandomForestClassifier, ExtraTreesClassifier) if classes else (RandomForestRegressor, ExtraTreesRegressor)))
    own = dict(max_features=case.get('share', 'sqrt'), min_samples_leaf=case['min_rows'], max_leaf_nodes=case.get('leaves'), random_state=sub)
    model = kinds[case['learner']](TREES, **own).fit(frame[kept], y[kept])
    return model.predict_proba(frame[TRAIN:]) if classes else model.predict(frame[TRAIN:])


def measure(case):
    rows = TRAIN + TEST
    x, z, u, categorical = data(case, rows)
    y = target_of(case['kind'], z, u, case['seed'], rows)
    frame = np.column_stack(x)
    losses = []
    for sub in range(SUBSAMPLES):
        kept = np.flatnonzero(uniform(case['seed'], 100 + sub, rows)[:TRAIN] >= 0.05)
        p = boosted(case, frame, y, kept, sub, categorical) if case['learner'] == 'boosted-trees' else forest(case, frame, y, kept, sub)
        wanted = y[TRAIN:] if p.ndim == 1 else np.eye(p.shape[1])[y[TRAIN:].astype(int)]
        losses.append(round(float(np.sqrt(np.mean((p - wanted) ** 2))), 9))
    print(case['name'], losses, file=sys.stderr)
    return {**case, 'losses': losses}


json.dump(
    dict(sklearn=sklearn.__version__, lightgbm=lgb.__version__, train=TRAIN, test=TEST, trees=TREES, cases=[measure(c) for c in CASES]), sys.stdout, indent=1
)
print()
