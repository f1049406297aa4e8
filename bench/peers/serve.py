"""Runs a peer as a process: python3 serve.py NAME cpu | gpu.

NAME is jax, torch-eager, torch-compiled or torch-cuda-graphs. The process reads JSON requests from stdin, one per line,
and answers each with one line:

    {"do": "load", "config", "optimizer", "clip", "times", "sequences", "parameters", "x", "y", "mask", "task", "seed"}
                                     -> {"gradient"}            a first gradient, of the mean, before any update
    {"do": "run", "iterations": n}   -> {"milliseconds": [...]} one for each training iteration
    {"do": "learn", "task", "times", "rates": [...]}
                                     -> the same: one for each learning rate, and each iteration makes a batch
    {"do": "parameters"}             -> {"parameters"}          as they are now

Arrays are little-endian float32 in base64; parameters and gradient are flat: docs/model.md §2. If a loaded "task" is
null, an iteration of "run" uses the loaded batch; otherwise each one makes a batch of that task. Batches are drawn from
the loaded seed.
"""

import base64
import json
import math
import os
import sys
import time

import numpy

from common import Sizes
from tasks import make_batch


def peer_named(name, gpu):
    """Imports the framework, after setting what it reads from the environment."""
    if gpu:
        # Keep JAX from reserving all GPU memory, which contenders share.
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
    else:
        for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC"):
            os.environ[threads] = "1"
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["JAX_PLATFORMS"] = "cpu"
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    if name != "jax":
        from ntm_dnc_torch import Torch

        return Torch(name.removeprefix("torch-"), "cuda" if gpu else "cpu")
    from ntm_dnc_jax import Jax

    return Jax("gpu" if gpu else "cpu")


def serve(peer):
    """Answers requests until stdin ends. Output that a framework prints goes to stderr."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            loaded = request
            answer = {"gradient": load(peer, request)}
            random = numpy.random.default_rng(request["seed"])
        elif request["do"] == "parameters":
            answer = {"parameters": encode(peer.parameters())}
        elif request["do"] == "learn":
            step = with_batches(peer, request["task"], request["times"], loaded["sequences"], random)
            answer = {"milliseconds": [timed(step, rate) for rate in request["rates"]]}
        else:
            step = peer.iterate
            if loaded["task"]:
                step = with_batches(peer, loaded["task"], loaded["times"], loaded["sequences"], random)
            rate = loaded["optimizer"]["learningRate"]
            answer = {"milliseconds": [timed(step, rate) for _ in range(request["iterations"])]}
        print(json.dumps(answer), file=answers, flush=True)


def load(peer, request):
    sizes = Sizes(request["config"])
    shapes = sizes.shapes()
    flat = decode(request["parameters"])
    ends = numpy.cumsum([math.prod(shape) for shape in shapes])[:-1]
    parameters = [part.reshape(shape).copy() for part, shape in zip(numpy.split(flat, ends), shapes)]
    rows = (request["times"], request["sequences"])
    shapes = {"x": (*rows, sizes.I), "y": (*rows, sizes.O), "mask": rows}
    batch = [decode(request[name]).reshape(shape) for name, shape in shapes.items()]
    peer.load(sizes, request["optimizer"], request["clip"], parameters, *batch)
    return encode(peer.gradient())


def with_batches(peer, task, times, sequences, random):
    """Returns a step of a whole training loop. Compiled programs pad to `times`, others to the batch's longest."""

    def step(rate):
        peer.take(*make_batch(task, sequences, random, times if peer.one_length else None))
        peer.iterate(rate)

    return step


def timed(step, rate):
    before = time.perf_counter_ns()
    step(rate)
    return (time.perf_counter_ns() - before) / 1e6


def encode(arrays):
    flat = numpy.concatenate([numpy.asarray(one).reshape(-1) for one in arrays])
    return base64.b64encode(flat.astype("<f4").tobytes()).decode()


def decode(text):
    return numpy.frombuffer(base64.b64decode(text), dtype="<f4")


serve(peer_named(sys.argv[1], sys.argv[2] == "gpu"))
