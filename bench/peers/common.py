"""Code that the peers share: a model's sizes, its parameters, and the protocol of `npm run bench`.

A peer is a long-lived process. It reads JSON requests from stdin, one per line, and answers each with one line:

    {"do": "load", "config", "optimizer", "clip", "times", "sequences", "parameters", "x", "y", "mask", "task"}
                                     -> {"loss", "gradient"}    a first gradient, of the mean, before any update
    {"do": "run", "iterations": n}   -> {"milliseconds": [...]} one for each training iteration

Arrays are little-endian float32 in base64; parameters and gradient are flat: docs/model.md §2. If "task" is null, every
iteration uses the loaded batch; otherwise each one makes a batch of that task.
"""

import base64
import json
import math
import os
import sys
import time

import numpy

from tasks import make_batch

EPSILON = 1e-6
NAMES = (
    "controller.kernel",
    "controller.bias",
    "interface.kernel",
    "interface.bias",
    "output.kernel",
    "output.bias",
)


class Sizes:
    """The letters of docs/model.md §1: I, O, H, N, W, R, K, S, and the widths of the interface vector's fields."""

    def __init__(self, config):
        self.dnc = config["model"] == "dnc"
        self.I, self.O, self.H = config["input"], config["output"], config["hidden"]
        self.N, self.W = config["slots"], config["width"]
        self.R, self.K = config["reads"], config["writes"]
        self.S = config.get("shifts", 3)
        if self.dnc:
            # key, strength, allocation gate, write gate, erase, add; key, strength, free gate, mode
            self.write = [self.W, 1, 1, 1, self.W, self.W]
            self.read = [self.W, 1, 1, 2 * self.K + 1]
        else:
            # key, strength, gate, shift, sharpen; then erase, add
            self.read = [self.W, 1, 1, self.S, 1]
            self.write = self.read + [self.W, self.W]
        self.Z = self.K * sum(self.write) + self.R * sum(self.read)

    def shapes(self):
        state = self.R * self.W + self.H
        return dict(
            zip(
                NAMES,
                [
                    (4 * self.H, self.I + state),
                    (4 * self.H,),
                    (self.Z, self.H),
                    (self.Z,),
                    (self.O, state),
                    (self.O,),
                ],
            )
        )


def unflatten(sizes, flat):
    """Returns the six tensors by name."""
    parameters, at = {}, 0
    for name, shape in sizes.shapes().items():
        length = math.prod(shape)
        parameters[name] = flat[at : at + length].reshape(shape).copy()
        at += length
    return parameters


def flatten(tensors):
    return numpy.concatenate([numpy.asarray(tensors[name]).reshape(-1) for name in NAMES])


def one_thread():
    """Limits every thread pool that a framework may start to one thread. Called before a framework is imported."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
        os.environ[name] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    # All contenders of this mode are CPU programs, so hide the GPUs.
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


def on_gpu():
    """Keeps JAX from reserving all GPU memory, which contenders share. Called before a framework is imported."""
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"


def serve(peer):
    """Answers requests until stdin ends. Output that a framework prints goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def answer(value):
        print(json.dumps(value), file=answers, flush=True)

    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            loss, gradient = _load(peer, request)
            iterate = _with_batches(peer, request) if request["task"] else peer.iterate
            answer({"loss": float(loss), "gradient": _encode(gradient)})
        elif request["do"] == "run":
            answer({"milliseconds": [_timed(iterate) for _ in range(request["iterations"])]})
        else:
            raise ValueError(f"do must be load or run, got {request['do']}")


def _load(peer, request):
    sizes = Sizes(request["config"])
    times, sequences = request["times"], request["sequences"]
    peer.load(
        sizes,
        request["optimizer"],
        request["clip"],
        unflatten(sizes, _decode(request["parameters"])),
        _decode(request["x"]).reshape(times, sequences, sizes.I),
        _decode(request["y"]).reshape(times, sequences, sizes.O),
        _decode(request["mask"]).reshape(times, sequences),
    )
    loss, gradient = peer.gradient()
    return loss, flatten(gradient)


def _with_batches(peer, request):
    """Returns a step of a whole training loop. Compiled programs pad to the greatest length, others to the batch's."""
    random = numpy.random.default_rng(1)
    times = request["times"] if peer.one_length else None

    def step():
        peer.take(*make_batch(request["task"], request["sequences"], random, times))
        peer.iterate()

    return step


def _timed(work):
    before = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - before) / 1e6


def _decode(text):
    return numpy.frombuffer(base64.b64decode(text), dtype="<f4")


def _encode(array):
    return base64.b64encode(numpy.ascontiguousarray(array, dtype="<f4").tobytes()).decode()
