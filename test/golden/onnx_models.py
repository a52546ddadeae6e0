"""Small models as other tools export them, and what onnxruntime says of the rows of sample.csv. Needs numpy, pandas, scikit-learn, skl2onnx, lightgbm, onnxmltools, onnx, onnxruntime."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from lightgbm import LGBMClassifier
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).parent / "onnx"
rng = np.random.default_rng(7)
N = 60
CITIES = ["Oslo", "Bergen", "Tromsø"]
table = pd.DataFrame(
    {
        "age": rng.integers(18, 80, N),
        "income": rng.lognormal(10, 0.5, N).round(1),
        "city": rng.choice(CITIES, N),
        "member": rng.choice(["yes", "no"], N),
    }
)
score = 0.05 * (table.age - 45) + (table.city == "Oslo") * 1.5 - (table.member == "yes") + rng.normal(0, 0.5, N)
table["bought"] = np.where(score > 0, "yes", "no")
table["level"] = np.digitize(score, [-1, 1])
table["spent"] = (score * 10 + 100).round(3)
table.to_csv(HERE / "sample.csv", index=False)

expected = {}


def keep(name, model, feeds, output):
    model = model if isinstance(model, bytes) else model.SerializeToString()
    (HERE / f"{name}.onnx").write_bytes(model)
    found = onnxruntime.InferenceSession(model).run([output], feeds)[0]
    if isinstance(found, list):  # ZipMap: a dictionary a row
        found = [[row[key] for key in sorted(row)] for row in found]
    expected[name] = np.asarray(found, dtype=np.float64).reshape(N, -1).tolist()


def columns(**types):
    """A tensor a column, as a pipeline over a data frame wants them."""
    return {n: table[n].to_numpy().reshape(-1, 1).astype({"f": np.float32, "i": np.int64, "s": object}[t]) for n, t in types.items()}


# scikit-learn: a pipeline over columns, with texts; classes are texts, and ZipMap makes dictionaries of the probabilities
encode = ColumnTransformer([("n", StandardScaler(), ["age", "income"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["city", "member"])])
pipeline = make_pipeline(encode, LogisticRegression()).fit(table[["age", "income", "city", "member"]], table.bought)
types = [("age", Int64TensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("city", StringTensorType([None, 1])), ("member", StringTensorType([None, 1]))]
keep("sklearn-pipeline", to_onnx(pipeline, initial_types=types), columns(age="i", income="f", city="s", member="s"), "output_probability")

# scikit-learn: a forest over one matrix; classes are whole numbers, probabilities a tensor
coded = table[["age", "income"]].assign(city=table.city.map(CITIES.index)).to_numpy(dtype=np.float32)
forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(coded, table.level)
keep("sklearn-forest", to_onnx(forest, coded[:1], options={"zipmap": False}), {"X": coded}, "probabilities")

# scikit-learn: regression
ridge = Ridge().fit(coded, table.spent)
keep("sklearn-ridge", to_onnx(ridge, coded[:1]), {"X": coded}, "variable")

# LightGBM: missing cells are NaN
boosted = LGBMClassifier(n_estimators=5, num_leaves=5, min_child_samples=5, verbose=-1).fit(coded, (table.bought == "yes").astype(int))
keep("lightgbm", convert_lightgbm(boosted, initial_types=[("input", LightFloat([None, 3]))], target_opset=15), {"input": coded}, "probabilities")

# a network as deep-learning tools export it: logits of one unit, a batch size by name
w1, w2 = rng.normal(0, 0.3, (2, 4)).astype(np.float32), rng.normal(0, 0.5, (4, 1)).astype(np.float32)
graph = helper.make_graph(
    [
        helper.make_node("Mul", ["x", "scale"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "w1"], ["h"]),
        helper.make_node("Relu", ["h"], ["a"]),
        helper.make_node("Gemm", ["a", "w2"], ["logit"]),
    ],
    "net",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])],
    [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["batch", 1])],
    [numpy_helper.from_array(np.array([0.02, 0.00005], dtype=np.float32), "scale"), numpy_helper.from_array(w1, "w1"), numpy_helper.from_array(w2, "w2")],
)
net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
keep("network", net, {"x": coded[:, :2]}, "logit")

# hostile: weights in a file outside, which must never be opened
outside = onnx.load_from_string(net.SerializeToString())
weights = outside.graph.initializer[1]
weights.ClearField("raw_data")
weights.data_location = TensorProto.EXTERNAL
entry = weights.external_data.add()
entry.key, entry.value = "location", "../../../../etc/passwd"
(HERE / "outside.onnx").write_bytes(outside.SerializeToString())

# hostile: a loop that does not end
body = helper.make_graph(
    [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["v"], ["v_out"])],
    "body",
    [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []), helper.make_tensor_value_info("v", TensorProto.FLOAT, None)],
    [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []), helper.make_tensor_value_info("v_out", TensorProto.FLOAT, None)],
)
endless = helper.make_graph(
    [helper.make_node("Loop", ["", "yes", "x"], ["y"], body=body)],
    "endless",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 1])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
    [helper.make_tensor("yes", TensorProto.BOOL, [], [True])],
)
endless = helper.make_model(endless, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
onnx.checker.check_model(endless)
(HERE / "endless.onnx").write_bytes(endless.SerializeToString())

(HERE / "expected.json").write_text(json.dumps(expected))
