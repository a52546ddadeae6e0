"""Reference figures of drift statistics from scipy, for test/golden/monitor.test.ts: python test/golden/monitor.py > test/golden/monitor.json"""
import json
import sys

import numpy as np
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

rng = np.random.default_rng(5)
samples = []
for n, m, shift, ties in [(200, 150, 0.0, False), (500, 800, 0.3, False), (120, 90, 0.5, True), (40, 1000, 2.0, True)]:
    a = rng.normal(size=n)
    b = rng.normal(size=m) * 1.3 + shift
    if ties:
        a, b = np.round(a, 1), np.round(b, 1)
    a, b = np.round(np.sort(a), 6), np.round(np.sort(b), 6)
    d = stats.ks_2samp(a, b).statistic
    samples.append(dict(a=a.tolist(), b=b.tolist(), ks=d, p=float(special.kolmogorov(np.sqrt(n * m / (n + m)) * d)),
                        wasserstein=stats.wasserstein_distance(a, b)))
weighted = []
for _ in range(3):
    u, v = np.sort(np.round(rng.normal(size=30), 5)), np.sort(np.round(rng.exponential(size=25), 5))
    uw, vw = rng.integers(1, 50, 30), rng.integers(1, 50, 25)
    weighted.append(dict(u=u.tolist(), v=v.tolist(), uw=uw.tolist(), vw=vw.tolist(),
                         wasserstein=stats.wasserstein_distance(u, v, uw, vw)))
counts = []
for k, scale in [(2, 50), (5, 200), (12, 1000), (40, 30)]:
    a, b = rng.integers(0, scale, k), rng.integers(0, scale, k)
    a[0] = 0
    b[0] = 3
    r = stats.chi2_contingency(np.array([a, b])[:, (a + b) > 0], correction=False)
    p, q = (a + 0.5) / (a + 0.5).sum(), (b + 0.5) / (b + 0.5).sum()
    counts.append(dict(a=a.tolist(), b=b.tolist(), chi2=r.statistic, freedom=int(r.dof), p=r.pvalue, js=float(jensenshannon(a, b)),
                       psi=float(((q - p) * np.log(q / p)).sum())))
tails = dict(
    loggamma=[[x, float(special.gammaln(x))] for x in [1e-3, 0.1, 0.5, 1, 1.5, 2.5, 7, 33.3, 170.5, 1e4, 1e7]],
    chi2=[[x, d, float(stats.chi2.sf(x, d))] for d in [1, 2, 5, 31, 200, 999] for x in [1e-3, 0.5, 3.84, 30, 180, 1000]],
    kolmogorov=[[x, float(special.kolmogorov(x))] for x in [0.05, 0.2, 0.4, 0.7, 0.81, 0.83, 1.0, 1.36, 2, 4]],
    fisher=[[k, n, K, N, float(stats.hypergeom.sf(k - 1, n + N, k + K, n))]
            for k, n, K, N in [(3, 500, 0, 2000), (25, 500, 12, 8000), (1, 10, 0, 5), (40, 100, 300, 1000), (9, 1000, 9, 50000)]],
    normal=[[z, float(2 * stats.norm.sf(abs(z)))] for z in [0, 0.3, -1.96, 4.5, 9, 20]],
)
json.dump(dict(samples=samples, weighted=weighted, counts=counts, tails=tails), sys.stdout)
