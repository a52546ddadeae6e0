"""Golden values of elementary functions: mpmath at 60 digits, rounded to the nearest double. Run: python test/golden/math_values.py"""
import json
import os
import random

import mpmath as mp

mp.mp.dps = 60
random.seed(11)
HERE = os.path.dirname(os.path.abspath(__file__))


def spread(lo, hi, n):
    return [random.uniform(lo, hi) for _ in range(n)]


def magnitudes(lo, hi, n, signed=True):
    return [(random.choice([-1, 1]) if signed else 1) * 10 ** random.uniform(lo, hi) for _ in range(n)]


def table(f, xs):
    return [[x, float(f(mp.mpf(x)))] for x in xs]


mpf = mp.mpf
out = {
    "exp": table(mp.exp, spread(-745, 709.7, 150) + spread(-2, 2, 100) + magnitudes(-20, 0, 50) + [0.0, 1.0, -1.0, 709.782712893384, -745.13, -708.4, -720.0]),
    "log": table(mp.log, magnitudes(-307, 308, 100, False) + spread(0.5, 2, 150) + [1 + x for x in magnitudes(-15, -3, 40)] + [5e-324, 1e-310, 2.0, 10.0, 1.7e308]),
    "log1p": table(mp.log1p, spread(-0.999, 1, 120) + magnitudes(-18, -1, 60) + magnitudes(0, 300, 40, False) + [0.4142135623, -0.2928932, 3.0]),
    "expm1": table(mp.expm1, spread(-40, 60, 80) + spread(-1.2, 1.2, 120) + magnitudes(-18, 0, 60) + spread(60, 709, 30)),
    "sigmoid": table(lambda x: 1 / (1 + mp.exp(-x)), spread(-40, 40, 120) + spread(-700, 30, 40)),
    "erf": table(mp.erf, spread(-3, 3, 150) + magnitudes(-20, 0, 40) + spread(3, 7, 20) + [0.84375, 1.25]),
    "normalCdf": table(mp.ncdf, spread(-8, 8, 150) + spread(-37, -8, 40)),
    "normalQuantile": [],
    "pow": [],
}
for p in spread(0.0001, 0.9999, 120) + magnitudes(-300, -1, 40, False):
    x = mp.findroot(lambda z: mp.log(mp.ncdf(z)) - mp.log(mpf(p)), -mp.sqrt(-2 * mp.log(p)) if p < 0.01 else mp.sqrt(2) * mp.erfinv(2 * mpf(p) - 1))
    out["normalQuantile"].append([p, float(x)])
for _ in range(200):
    x = 10 ** random.uniform(-5, 5)
    y = random.uniform(-30, 30)
    out["pow"].append([x, y, float(mp.power(mpf(x), mpf(y)))])
for _ in range(80):
    x = random.uniform(0.5, 2)
    y = random.choice([-1, 1]) * 10 ** random.uniform(-3, 2.9)
    out["pow"].append([x, y, float(mp.power(mpf(x), mpf(y)))])
for x, y in [(-2.0, 3.0), (-2.5, 4.0), (2.0, 0.5), (10.0, -320.0), (2.0, -1074.0), (2.0, 1023.0), (1.0000001, 5e9), (5e-324, 0.5), (-1.5, -7.0), (10.0, 308.0)]:
    out["pow"].append([x, y, float(mp.power(mpf(x), mpf(y)))])
with open(os.path.join(HERE, "math.json"), "w") as f:
    json.dump(out, f)
