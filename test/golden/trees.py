"""LightGBM's answers on made data, for test/golden/trees.test.ts. Run: python trees.py > trees.json (LightGBM 4.7, NumPy).

The data come from hashes and from +, −, ×, ÷ alone, so that the test makes the very same numbers. Each case is fitted on five subsamples
that leave out a twentieth of the training rows; the spread of LightGBM's own held-out loss over them is the noise that the test allows.
"""
import json
import sys

import lightgbm as lgb
import numpy as np

TRAIN, TEST, SUBSAMPLES = 3000, 5000, 5
COMMON = dict(
    verbose=-1, num_threads=1, deterministic=True, force_row_wise=True, lambda_l2=1.0, min_data_in_leaf=20, max_bin=255, num_leaves=15,
    learning_rate=0.1, min_sum_hessian_in_leaf=1e-3, feature_pre_filter=False, cat_smooth=10.0, cat_l2=10.0, max_cat_threshold=32,
    max_cat_to_onehot=4, min_data_per_group=100, bin_construct_sample_cnt=200000,
)


def uniform(seed, column, rows):
    """Numbers in [0, 1): murmur3's finaliser of row, column and seed."""
    with np.errstate(over='ignore'):
        h = np.arange(rows, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(column) * np.uint32(40503) + np.uint32(seed) * np.uint32(97)
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return h / 4294967296.0


def data(case, rows):
    """Columns, signal and noise of a case: six numbers, then what the case asks for."""
    seed = case['seed']
    x = [uniform(seed, c, rows) for c in range(6)]
    z = 4.0 * (x[0] - 0.5) + 6.0 * (x[1] - 0.5) * (x[2] - 0.5) + np.where(x[3] > 0.7, 1.5, -0.5)
    categorical = []
    if 'levels' in case:
        for i, levels in enumerate(case['levels']):
            code = np.floor(uniform(seed, 20 + i, rows) * uniform(seed, 30 + i, rows) * levels)
            effect = uniform(seed + 1, 40 + i, levels)[code.astype(int)]
            z = z + 4.0 * (effect - 0.5)
            # a tenth of the cells is missing
            x.append(np.where(uniform(seed, 50 + i, rows) < 0.1, -1.0, code))
            categorical.append(len(x) - 1)
    if case.get('missing'):
        x[0] = np.where(uniform(seed, 60, rows) < 0.3, np.nan, x[0])
        # cells missing for a reason
        x[4] = np.where(z + 2.0 * uniform(seed, 61, rows) > 2.0, np.nan, x[4])
    return x, z, uniform(seed, 70, rows), categorical


def target_of(kind, z, u, seed, rows):
    heavy = (2.0 * u - 1.0) / (1.05 - np.abs(2.0 * u - 1.0))
    if kind == 'binary':
        return np.where(u < 0.5 + 0.5 * (z / (1.0 + np.abs(z))), 1.0, 0.0)
    if kind == 'multiclass':
        s = z + 2.0 * (u - 0.5)
        return np.where(s < -1.0, 0.0, np.where(s < 0.0, 1.0, np.where(s < 1.0, 2.0, 3.0)))
    if kind == 'poisson':
        rate = 0.2 * (0.5 + 0.4 * (z / (1.0 + np.abs(z))))
        return sum(np.where(uniform(seed, 80 + i, rows) < rate, 1.0, 0.0) for i in range(10))
    return 10.0 * z + 4.0 * heavy


CASES = [
    dict(name='binary', kind='binary', objective='binary', seed=1, rounds=60),
    dict(name='binary, few rounds of large trees', kind='binary', objective='binary', seed=2, rounds=12, num_leaves=63, learning_rate=0.3),
    dict(name='binary, few bins', kind='binary', objective='binary', seed=3, rounds=60, max_bin=15),
    dict(name='binary, missing cells', kind='binary', objective='binary', seed=4, rounds=60, missing=True),
    dict(name='binary, categories of few levels', kind='binary', objective='binary', seed=5, rounds=60, levels=[3, 4]),
    dict(name='binary, categories of many levels', kind='binary', objective='binary', seed=6, rounds=60, levels=[12, 60, 200]),
    dict(name='binary, row weights', kind='binary', objective='binary', seed=7, rounds=60, weights=True),
    dict(name='multiclass', kind='multiclass', objective='multiclass', seed=8, rounds=40),
    dict(name='multiclass, categories and missing cells', kind='multiclass', objective='multiclass', seed=9, rounds=40, levels=[30], missing=True),
    dict(name='squared loss', kind='regression', objective='l2', seed=10, rounds=80),
    dict(name='squared loss, row weights and penalties', kind='regression', objective='l2', seed=11, rounds=80, weights=True, lambda_l1=5.0, lambda_l2=20.0),
    dict(name='squared loss, categories of many levels', kind='regression', objective='l2', seed=12, rounds=80, levels=[12, 200]),
    dict(name='absolute loss', kind='regression', objective='l1', seed=13, rounds=100),
    dict(name='absolute loss, row weights', kind='regression', objective='l1', seed=14, rounds=100, weights=True),
    dict(name='Huber loss', kind='regression', objective='huber', seed=15, rounds=150, alpha=9.0),
    dict(name='quantile 0.8', kind='regression', objective='quantile', seed=16, rounds=100, alpha=0.8),
    dict(name='Poisson loss', kind='poisson', objective='poisson', seed=17, rounds=80),
    dict(name='Poisson loss, row weights', kind='poisson', objective='poisson', seed=18, rounds=80, weights=True),
]


def loss(case, y, p):
    objective = case['objective']
    if objective == 'binary':
        return -np.mean(np.where(y == 1, np.log(p), np.log(1 - p)))
    if objective == 'multiclass':
        return -np.mean(np.log(p[np.arange(len(y)), y.astype(int)]))
    r = np.abs(p - y)
    if objective == 'l2':
        return np.sqrt(np.mean(r * r))
    if objective == 'l1':
        return np.mean(r)
    if objective == 'huber':
        a = case['alpha']
        return np.mean(np.where(r <= a, 0.5 * r * r, a * (r - 0.5 * a)))
    if objective == 'quantile':
        return np.mean(np.where(y > p, case['alpha'] * (y - p), (1 - case['alpha']) * (p - y)))
    return np.mean(2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / p), 0) - y + p))


def measure(case):
    rows = TRAIN + TEST
    x, z, u, categorical = data(case, rows)
    y = target_of(case['kind'], z, u, case['seed'], rows)
    weights = np.floor(4.0 * uniform(case['seed'], 90, rows)) if case.get('weights') else None
    frame = np.column_stack(x)
    own = {k: case[k] for k in ('objective', 'num_leaves', 'learning_rate', 'max_bin', 'lambda_l1', 'lambda_l2', 'alpha') if k in case}
    parameters = {**COMMON, **own}
    if case['objective'] == 'multiclass':
        parameters['num_class'] = 4
    losses = []
    for sub in range(SUBSAMPLES):
        kept = np.flatnonzero(uniform(case['seed'], 100 + sub, rows)[:TRAIN] >= 0.05)
        train = lgb.Dataset(frame[kept], y[kept], weight=None if weights is None else weights[kept], categorical_feature=categorical, params=parameters)
        model = lgb.train(parameters, train, case['rounds'])
        losses.append(round(float(loss(case, y[TRAIN:], model.predict(frame[TRAIN:]))), 9))
    print(case['name'], losses, file=sys.stderr)
    return {**case, 'losses': losses}


def first_tree(name, objective, seed):
    """Whole numbers, a bin each, and hardly any noise: one tree, split for split."""
    rows = 2000
    x = [np.floor(uniform(seed, c, rows) * (20 + 7 * c)) for c in range(5)]
    code = np.floor(uniform(seed, 20, rows) * 3.0)
    y = 3.0 * np.where(x[0] > 9, 1.0, 0.0) + 0.07 * x[1] * np.where(code == 1, 1.0, -1.0) + 0.02 * x[2] + 0.3 * uniform(seed, 70, rows)
    x[3] = np.where(uniform(seed, 60, rows) < 0.2, np.nan, x[3])
    y = y + np.where(np.isnan(x[3]), 1.0, 0.03 * np.where(np.isnan(x[3]), 0.0, x[3]))
    if objective == 'binary':
        y = np.where(y > 2.5, 1.0, 0.0)
    frame = np.column_stack([*x, code])
    parameters = {**COMMON, 'objective': objective, 'min_data_in_bin': 1}
    model = lgb.train(parameters, lgb.Dataset(frame, y, categorical_feature=[5], params=parameters), 1)
    nodes, leaves = {}, {}

    def walk(node):
        if 'leaf_index' in node:
            leaves[node['leaf_index']] = round(node['leaf_value'], 9)
            return -1 - node['leaf_index']
        left, right = walk(node['left_child']), walk(node['right_child'])
        nodes[node['split_index']] = dict(
            feature=node['split_feature'], threshold=node['threshold'], left=left, right=right, missingLeft=node['default_left'],
            gain=round(node['split_gain'], 4), rows=node['internal_count'],
        )
        return node['split_index']

    walk(model.dump_model()['tree_info'][0]['tree_structure'])
    return dict(name=name, objective=objective, seed=seed, rows=rows, nodes=[nodes[i] for i in sorted(nodes)], leaves=[leaves[i] for i in sorted(leaves)])


if __name__ == '__main__':
    json.dump(
        dict(
            lightgbm=lgb.__version__, train=TRAIN, test=TEST, common=COMMON, cases=[measure(c) for c in CASES],
            trees=[first_tree('squared loss', 'l2', 201), first_tree('log loss', 'binary', 202)],
        ),
        sys.stdout, indent=1,
    )
    print()
