"""Scores the cells that onnx.mjs wrote with onnxruntime: python onnx.py <folder>."""
import json
import sys

import numpy
import onnxruntime

folder = sys.argv[1]
told = json.load(open(f"{folder}/told.json"))
session = onnxruntime.InferenceSession(f"{folder}/model.onnx", providers=["CPUExecutionProvider"])
cells = {}
for at, column in enumerate(told["inputs"]):
    if column["tensor"] == "double":
        cells[column["name"]] = numpy.fromfile(f"{folder}/{at}.bin", "<f8").reshape(-1, 1)
    else:
        cells[column["name"]] = numpy.array(json.load(open(f"{folder}/{at}.json")), dtype=object).reshape(-1, 1)
assert {i.name for i in session.get_inputs()} == set(cells), "inputs"
numbers, labels = [], []
for begin in range(0, told["rows"], told["batch"]):
    part = {name: column[begin : begin + told["batch"]] for name, column in cells.items()}
    answer = dict(zip([o.name for o in session.get_outputs()], session.run(None, part)))
    numbers.append(answer["variable"] if "variable" in answer else answer["probabilities"])
    labels.extend(answer.get("label", []))
numpy.concatenate(numbers).astype("<f8").tofile(f"{folder}/numbers.bin")
json.dump(list(labels), open(f"{folder}/labels.json", "w"))
