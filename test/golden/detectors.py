"""Where river's drift detectors speak on made streams, for test/golden/detectors.test.ts: python test/golden/detectors.py > test/golden/detectors.json"""
import json
import random
import sys

from river import drift
from scipy import stats

streams = {}


def lcg(seed):
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state / 2**32


def numbers(seed, levels, n=700, spread=1.0):
    draw = lcg(seed)
    return [level + spread * (next(draw) + next(draw) + next(draw) - 1.5) for level in levels for _ in range(n)]


def errors(seed, rates, n=900):
    draw = lcg(seed)
    return [1 if next(draw) < rate else 0 for rate in rates for _ in range(n)]


def spoken(detector, values):
    drifts, warnings = [], []
    for i, v in enumerate(values):
        detector.update(v)
        if detector.drift_detected:
            drifts.append(i)
        elif getattr(detector, 'warning_detected', False):
            warnings.append(i)
    return dict(drifts=drifts, warnings=len(warnings))


out = dict(adwin=[], pageHinkley=[], ddm=[], eddm=[], kswin=[], kolmogorov=[])
for seed, levels in [(1, [0, 1, 1, 0.3]), (2, [5, 5, 5, 5]), (3, [0, 0.4, 0, 3]), (4, [1, 1.2, 1.4, 1.8])]:
    values = numbers(seed, levels)
    out['adwin'].append(dict(seed=seed, levels=levels, **spoken(drift.ADWIN(), values)))
    out['pageHinkley'].append(dict(seed=seed, levels=levels, **spoken(drift.PageHinkley(), values)))
    # draws differ: how many of ten seeds speak within 100 values after the first change of level by 1 or more, and how often they speak in all
    out['kswin'].append(dict(seed=seed, levels=levels, per=[len(spoken(drift.KSWIN(alpha=0.0005, seed=s), values)['drifts']) for s in range(10)]))
for seed, rates in [(1, [0.1, 0.3, 0.1]), (2, [0.2, 0.2, 0.2]), (3, [0.05, 0.1, 0.4]), (4, [0.4, 0.6, 0.2])]:
    values = errors(seed, rates)
    out['ddm'].append(dict(seed=seed, rates=rates, **spoken(drift.binary.DDM(), values)))
    out['eddm'].append(dict(seed=seed, rates=rates, **spoken(drift.binary.EDDM(), values)))
rng = random.Random(3)
for n in (10, 30, 60):
    for shift in (0, 0.5, 1.5):
        a, b = [rng.gauss(0, 1) for _ in range(n)], [rng.gauss(shift, 1) for _ in range(n)]
        r = stats.ks_2samp(a, b, method='exact')
        out['kolmogorov'].append([r.statistic, n, r.pvalue])
json.dump(out, sys.stdout)
