"""A peer as a process: python3 serve.py torch-eager | torch-compiled | jax. See common.py."""

import sys

from common import one_thread, serve

one_thread()


def peer_named(name):
    if name == "jax":
        from ntm_dnc_jax import Jax

        return Jax()
    from ntm_dnc_torch import Torch

    return Torch(compiled={"torch-eager": False, "torch-compiled": True}[name])


if __name__ == "__main__":
    serve(peer_named(sys.argv[1]))
