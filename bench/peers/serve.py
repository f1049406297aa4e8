"""Runs a peer as a process: python3 serve.py NAME [cpu | gpu].

NAME is torch-eager, torch-compiled, torch-cuda-graphs, jax or, on the CPU, torch-plain. See common.py.
"""

import sys

from common import on_gpu, one_thread, serve

# check.py imports this module, and has arguments of its own.
gpu = __name__ == "__main__" and sys.argv[2:] == ["gpu"]
on_gpu() if gpu else one_thread()


def peer_named(name):
    if name == "jax":
        from ntm_dnc_jax import Jax

        return Jax()
    if name == "torch-plain":
        from ntm_dnc_torch_plain import TorchPlain

        return TorchPlain()
    from ntm_dnc_torch import Torch

    return Torch(name.removeprefix("torch-"), "cuda" if gpu else "cpu")


if __name__ == "__main__":
    serve(peer_named(sys.argv[1]))
