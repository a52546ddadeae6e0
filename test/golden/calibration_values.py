"""Golden values of calibration: the parts of scikit-learn's CalibratedClassifierCV. Run: python test/golden/calibration_values.py"""
import json
import os

import numpy as np
import sklearn
from sklearn.calibration import _SigmoidCalibration, _TemperatureScaling

rng = np.random.default_rng(8)
cases = []
for k in (2, 3, 6):
    for weighted in (False, True):
        for sharp in (0.4, 2.5):
            n = 120
            z = rng.normal(size=(n, k))
            p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
            y = np.array([rng.choice(k, p=q) for q in p])
            said = np.exp(sharp * z + 0.3 * np.arange(k))
            said /= said.sum(1, keepdims=True)
            w = rng.uniform(0.2, 3, n) if weighted else None
            case = dict(outputs=k, actual=y.tolist(), predicted=said.ravel().tolist(), weights=None if w is None else w.tolist())
            case["temperature"] = float(_TemperatureScaling().fit(said, y, w).beta_)
            if k == 2:
                sigmoid = _SigmoidCalibration().fit(np.log(said[:, 1] / said[:, 0]), y, w)
                # scikit-learn states 1 / (1 + exp(a f + b))
                case["sigmoid"] = [float(-sigmoid.a_), float(-sigmoid.b_)]
            cases.append(case)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "calibration.json"), "w") as f:
    json.dump(dict(sklearn=sklearn.__version__, cases=cases), f)
