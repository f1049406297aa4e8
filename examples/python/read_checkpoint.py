"""Prints a model's loss on a batch, computed in float64 as docs/model.md says, with nothing of memnet.

    python3 read_checkpoint.py MODEL [BATCH [PREFIX]]

MODEL is a checkpoint or a golden file. BATCH has the tensors PREFIXx, PREFIXy and PREFIXmask; without it they are MODEL's
own. In libs/memnet/golden, for example, dnc-small.safetensors is a MODEL, and batches.safetensors a BATCH for a checkpoint
of original-ntm-copy with PREFIX copy.step0.from0. (the period belongs to it).
"""

import json
import sys
from functools import partial

import numpy as np
from memory import dnc_access, ntm_access, sigmoid
from safetensors import safe_open


def forward(config, parameters, x):  # §3: x [T, B, I] to logits [T, B, O]
    H, N, W, R, K = (config.get(name, 0) for name in ("hidden", "slots", "width", "reads", "writes"))
    S, B = config.get("shifts", 3), x.shape[1]
    zeros = lambda *shape: np.zeros((B, *shape))
    state = {"memory": zeros(N, W), "write": zeros(K, N), "read": zeros(R, N)}
    if config["model"] == "ntm":
        access, read_widths, write_widths = ntm_access, [W, 1, 1, S, 1], [W, 1, 1, S, 1, W, W]
        state["memory"] += 1e-6
        state["write"][..., 0] = state["read"][..., 0] = 1
    elif config["model"] == "dnc":
        masked, deallocate, sharpen = (int(config.get(name, False)) for name in ("masked", "deallocate", "sharpen"))
        access = partial(dnc_access, deallocate=deallocate)
        read_widths = [W, W * masked, 1, 1, 2 * K + 1, sharpen, sharpen]
        write_widths = [W, W * masked, 1, 1, 1, W, W]
        state |= {"usage": zeros(N), "link": zeros(K, N, N), "precedence": zeros(K, N)}
    cut = lambda z, heads, widths: np.split(z.reshape(B, heads, -1), np.cumsum(widths)[:-1], 2)
    layer = lambda name, *v: np.concatenate(v, 1) @ parameters[name + ".kernel"].T + parameters[name + ".bias"]
    h, c, r, logits = zeros(H), zeros(H), (state["read"] @ state["memory"]).reshape(B, -1), []
    for now in x:
        if config.get("controller") == "feedforward":  # §3.4
            h = np.tanh(layer("controller", now, r))
        else:
            i, f, g, o = np.split(layer("controller", now, r, h), 4, 1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        if config["model"] != "lstm":  # §3.5
            writing, reading = np.split(layer("interface", h), [K * sum(write_widths)], 1)
            access(state, cut(writing, K, write_widths), cut(reading, R, read_widths))
        r = (state["read"] @ state["memory"]).reshape(B, -1)
        logits.append(layer("output", h, r))
    return np.array(logits)


def tensors(path):
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name).astype(np.float64) for name in file.keys()}, file.metadata()


model, metadata = tensors(sys.argv[1])
batch = tensors(sys.argv[2])[0] if len(sys.argv) > 2 else model
prefix = sys.argv[3] if len(sys.argv) > 3 else ""
x, y, mask = batch[prefix + "x"], batch[prefix + "y"], batch[prefix + "mask"][..., None]
parameters = {name.removeprefix("parameters."): tensor for name, tensor in model.items()}
logits = forward(json.loads(metadata["config"]), parameters, x)
losses = mask * (np.maximum(logits, 0) - logits * y + np.log1p(np.exp(-abs(logits))))  # §7
wrong = mask * ((logits > 0) != (y > 0.5))
print(f"loss {losses.sum() / x.shape[1]:.12g} nats, {wrong.sum() / x.shape[1]:.12g} wrong bits a sequence")
