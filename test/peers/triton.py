"""triton.py ADDRESS: the unmodified tritonclient[http] against a server, with JSON and with binary tensors."""

import json
import sys
import urllib.request

import numpy as np
import tritonclient.http as triton


def main(address):
    client = triton.InferenceServerClient(url=address.split("//")[1])
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("birds")
    assert client.get_server_metadata()["name"] == "millwright"
    meta = client.get_model_metadata("birds")
    rows = [{"Wildlife Size": "Large", "Speed IAS in knots": 250.0}, {"Wildlife Size": "Small", "Speed IAS in knots": 90.0}]
    request = urllib.request.Request(
        f"{address}/v1/models/birds/predict", json.dumps(rows).encode(), {"content-type": "application/json"}
    )
    expected = [p["probabilities"]["Yes"] for p in json.load(urllib.request.urlopen(request))["predictions"]]
    for binary in (True, False):
        size = triton.InferInput("Wildlife Size", [2], "BYTES")
        size.set_data_from_numpy(np.array([r["Wildlife Size"] for r in rows], dtype=object), binary_data=binary)
        speed = triton.InferInput("Speed IAS in knots", [2], "FP64")
        speed.set_data_from_numpy(np.array([r["Speed IAS in knots"] for r in rows]), binary_data=binary)
        outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("prediction", "probabilities")]
        answer = client.infer("birds", [size, speed], outputs=outputs, model_version=meta["versions"][0], request_id="r1")
        assert answer.get_response()["id"] == "r1"
        got = answer.as_numpy("probabilities")
        assert got.shape == (2, 2) and np.array_equal(got[:, 1], expected), (got, expected)
        assert len(answer.as_numpy("prediction")) == 2
    try:
        client.get_model_metadata("nobody")
        raise SystemExit("a model that is not there was described")
    except triton.InferenceServerException as error:
        assert "NOT_FOUND" in str(error), error
    print("tritonclient: fine")


if __name__ == "__main__":
    main(sys.argv[1])
