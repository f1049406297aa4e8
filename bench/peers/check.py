"""Checks a peer against golden files: python3 check.py PEER FILE…; one JSON line for each file.

The tolerances are 1e-5 for the relative loss and 1e-4 for the gradient's relative norm.
"""

import json
import sys

from common import NAMES, Sizes, flatten
from serve import peer_named

import numpy
from safetensors import safe_open

LOSS, GRADIENT = 1e-5, 1e-4


def check(peer, path):
    with safe_open(path, "numpy") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    parameters = {name: tensors[f"parameters.{name}"].astype("float32") for name in NAMES}
    x, y, mask = (tensors[name].astype("float32") for name in ("x", "y", "mask"))
    rmsprop = {"kind": "rmsprop", "learningRate": 1e-4, "decay": 0.9, "epsilon": 1e-10}
    peer.load(Sizes(config), rmsprop, 50, parameters, x, y, mask)
    loss, gradient = peer.gradient()
    expected_loss = float(tensors["loss"].reshape(()) if tensors["loss"].size == 1 else 0)
    expected = flatten({name: tensors[f"gradients.{name}"] for name in NAMES}).astype("float64")
    got = flatten(gradient).astype("float64")
    loss_error = abs(loss - expected_loss) / expected_loss
    gradient_error = float(numpy.linalg.norm(got - expected) / numpy.linalg.norm(expected))
    return {
        "file": path,
        "lossError": loss_error,
        "gradientError": gradient_error,
        "pass": bool(loss_error <= LOSS and gradient_error <= GRADIENT),
    }


if __name__ == "__main__":
    peer = peer_named(sys.argv[1])
    for path in sys.argv[2:]:
        print(json.dumps(check(peer, path)), flush=True)
