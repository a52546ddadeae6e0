"""Optuna's TPESampler on functions of src/engine/search/tpe.test.ts. Run: python search.py > search.json (Optuna 5.0, NumPy).

For each function and number of trials: quartiles over 40 seeds of the regret (the best value found less the least there is), for the
multivariate sampler with groups and for random search.
"""
import json
import math
import warnings

import numpy as np
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter('ignore')
SEEDS = 40


def branin(t):
    x, y = t.suggest_float('x', -5, 10), t.suggest_float('y', 0, 15)
    b, c, r, s, u = 5.1 / (4 * math.pi**2), 5 / math.pi, 6, 10, 1 / (8 * math.pi)
    return (y - b * x * x + c * x - r) ** 2 + s * (1 - u) * math.cos(x) + s - 0.39788735772973816


ALPHA = [1.0, 1.2, 3.0, 3.2]
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [1312, 1696, 5569, 124, 8283, 5886],
    [2329, 4135, 8307, 3736, 1004, 9991],
    [2348, 1451, 3522, 2883, 3047, 6650],
    [4047, 8828, 8732, 5743, 1091, 381],
]


def hartmann6(t):
    x = [t.suggest_float(f'x{i}', 0, 1) for i in range(6)]
    inner = [sum(A[i][j] * (x[j] - 1e-4 * P[i][j]) ** 2 for j in range(6)) for i in range(4)]
    return 3.322368011391339 - sum(ALPHA[i] * math.exp(-inner[i]) for i in range(4))


def conditional(t):
    kind = t.suggest_categorical('kind', ['a', 'b', 'c'])
    if kind == 'a':
        x, y = t.suggest_float('x', 0, 1), t.suggest_float('y', 1e-4, 1, log=True)
        return 3 * (x - 0.3) ** 2 + (math.log10(y) + 2 + x) ** 2 / 4
    if kind == 'b':
        return 0.05 * abs(t.suggest_float('z', 0, 10) - 7) + 0.3
    return 0.2 + 0.01 * (t.suggest_int('n', 1, 20) - 13) ** 2


OFFSET = {'p': 0.4, 'q': 0.0, 'r': 0.15, 's': 0.6, 't': 0.25}


def mixed(t):
    kind = t.suggest_categorical('kind', list(OFFSET))
    leaves, rate = t.suggest_int('leaves', 2, 256, log=True), t.suggest_float('rate', 1e-4, 1, log=True)
    depth, x = t.suggest_int('depth', 1, 12), t.suggest_float('x', 0, 1)
    l2, l10 = math.log2(leaves), math.log10(rate)
    return OFFSET[kind] + (l2 - 5) ** 2 / 20 + (l10 + 2 - 0.1 * (depth - 7)) ** 2 / 2 + (depth - 7) ** 2 / 60 + (x - 0.2 - OFFSET[kind]) ** 2


def regrets(function, sampler, trials):
    best = []
    for seed in range(SEEDS):
        study = optuna.create_study(sampler=sampler(seed))
        study.optimize(function, n_trials=trials)
        best.append(study.best_value)
    return [float(f'{q:.6g}') for q in np.quantile(best, [0.25, 0.5, 0.75])]


def tpe(seed):
    return optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True)


out = {}
for function, trials in [(branin, 50), (hartmann6, 100), (conditional, 50), (mixed, 80)]:
    out[function.__name__] = {
        'trials': trials,
        'tpe': regrets(function, tpe, trials),
        'random': regrets(function, lambda seed: optuna.samplers.RandomSampler(seed=seed), trials),
    }
print(json.dumps(out, indent=1))
