"""river's AdaptiveWindowing on a made stream. Run: python adwin.py > adwin.json (river 0.26).

The stream is made from a linear congruential generator, so that the test can make it again: 0/1 values whose share changes, then real ones.
"""
import json

from river.drift import adwin


def stream():
    s = 12345
    for i in range(6000):
        s = (s * 1103515245 + 12345) % 2147483648
        u = s / 2147483648
        if i < 1500:
            yield float(u < 0.2)
        elif i < 3000:
            yield float(u < 0.4)
        elif i < 4500:
            yield u
        else:
            yield 0.3 + u * 0.5 + (i - 4500) / 3000


out = []
for options in ({}, {'delta': 0.05, 'clock': 1, 'grace_period': 20}, {'delta': 1e-5, 'clock': 16, 'max_buckets': 3, 'min_window_length': 10}):
    merged = {'delta': 0.002, 'clock': 32, 'max_buckets': 5, 'min_window_length': 5, 'grace_period': 10, **options}
    a = adwin.AdaptiveWindowing(**merged)
    changes, windows = [], []
    for i, v in enumerate(stream()):
        if a.update(v):
            changes.append(i)
        if i % 250 == 249:
            windows.append([a.get_width(), a.get_total(), a.get_variance()])
    out.append({'options': merged, 'changes': changes, 'windows': windows, 'detections': a.get_n_detections()})
print(json.dumps(out))
