"""References for the online learners on a made stream. Run: python online.py > online.json (river 0.26).

The stream comes from a linear congruential generator, so that the tests can make it again. `tree`: river's HoeffdingTreeClassifier: rows at which it split, and
its probabilities and calls at some rows. `ftrl`: Algorithm 1 of McMahan et al. 2013, written down in plain Python.
"""
import json
import math

from river import tree


def stream(n):
    s = 987654321

    def uniform():
        nonlocal s
        s = (s * 1103515245 + 12345) % 2147483648
        return s / 2147483648

    for i in range(n):
        a = uniform() + uniform() + uniform() - 1.5
        b = uniform() * 10
        c = uniform() + uniform()
        noise = uniform()
        swap = i >= n // 2
        y = int((a + 0.1 * b > 0.6) if not swap else (c > 1.1))
        if noise < 0.08:
            y = 1 - y
        yield [a, b, c], y


N = 8000


def hoeffding():
    model = tree.HoeffdingTreeClassifier(grace_period=200, delta=1e-5, tau=0.05)
    leaves, splits, seen = 1, [], []
    for i, (row, y) in enumerate(stream(N)):
        x = dict(zip('abc', row))
        p = model.predict_proba_one(x)
        if i % 200 == 199:
            seen.append(p.get(1, 0.0))
        model.learn_one(x, y)
        if (model.n_leaves or 1) != leaves:
            leaves = model.n_leaves
            splits.append(i)
    return {'splits': splits, 'leaves': leaves, 'probabilities': seen}


def ftrl(alpha, beta, l1, l2):
    z, n = [0.0] * 4, [0.0] * 4

    def weights():
        return [
            0.0 if abs(z[i]) <= l1 else -(z[i] - math.copysign(l1, z[i])) / ((beta + math.sqrt(n[i])) / alpha + l2)
            for i in range(4)
        ]

    for row, y in stream(2000):
        x = [1.0, *row]
        w = weights()
        p = 1 / (1 + math.exp(-sum(u * v for u, v in zip(w, x))))
        for i in range(4):
            g = (p - y) * x[i]
            sigma = (math.sqrt(n[i] + g * g) - math.sqrt(n[i])) / alpha
            z[i] += g - sigma * w[i]
            n[i] += g * g
    return {'options': {'alpha': alpha, 'beta': beta, 'l1': l1, 'l2': l2}, 'weights': weights()}


print(json.dumps({'tree': hoeffding(), 'ftrl': [ftrl(0.1, 1, 0, 0), ftrl(0.05, 1, 1, 1), ftrl(0.5, 2, 250, 0.5)]}))
