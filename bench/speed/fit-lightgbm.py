"""fit-lightgbm.py SPEC: one fit in a process of its own; prints one line of JSON. The scores of the test rows go to spec.scores (float64)."""

import json
import os
import re
import sys
import time

spec = json.loads(sys.argv[1])
os.environ["OMP_NUM_THREADS"] = str(spec["threads"])

import lightgbm as lgb  # noqa: E402
import numpy as np  # noqa: E402


def memory(field):
    """MiB of this process by the kernel's own books."""
    with open("/proc/self/status") as f:
        return int(re.search(field + r":\s+(\d+)", f.read()).group(1)) / 1024


def column_major(path, columns):
    """The file as it is: no copy; LightGBM reads columns as gladly as rows."""
    return np.fromfile(path).reshape(columns, -1).T


def seconds(work):
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


objective = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[spec["task"]]
parameters = {
    "objective": objective,
    "num_leaves": spec["leaves"],
    "learning_rate": spec["learningRate"],
    "max_bin": spec["maxBins"],
    "min_data_in_leaf": spec["minRowsInLeaf"],
    "num_threads": spec["threads"],
    "verbose": -1,
    **({"num_class": spec["classes"]} if objective == "multiclass" else {}),
    **spec.get("lightgbm", {}),
}
categorical = list(range(spec["columns"] - spec["categories"], spec["columns"]))
x = column_major(f"{spec['data']}/x-train", spec["columns"])
y = np.fromfile(f"{spec['data']}/y-train")
before = memory("VmRSS")


def construct():
    made = lgb.Dataset(x, y, params=parameters, categorical_feature=categorical or "auto")
    made.construct()
    return made


bin_s, dataset = seconds(construct)
train_s, booster = seconds(lambda: lgb.train(parameters, dataset, spec["rounds"]))
peak = memory("VmHWM")

x_test = column_major(f"{spec['data']}/x-test", spec["columns"])
# rows for prediction: what its predictor is quickest with
x_test = np.ascontiguousarray(x_test)
predict_s = {}
for threads in (1, 2):
    booster.predict(x_test, num_threads=threads)
    predict_s[threads] = sorted(seconds(lambda: booster.predict(x_test, num_threads=threads))[0] for _ in range(5))[2]
booster.predict(x_test, num_threads=1).astype(np.float64).tofile(spec["scores"])
leaves = [t["num_leaves"] for t in booster.dump_model()["tree_info"]]
print(
    json.dumps(
        dict(
            fit=bin_s + train_s,
            bin=bin_s,
            train=train_s,
            before=before,
            peak=peak,
            predict1=predict_s[1],
            predict2=predict_s[2],
            trees=len(leaves),
            meanLeaves=float(np.mean(leaves)),
            version=lgb.__version__,
        )
    )
)
