"""What the peers share: the sizes of a model, and a product."""

EPSILON = 1e-6


def product(factors):
    """[B,heads,N] -> [B,N]. Used because the gradients of jnp.prod and torch.prod are slow."""
    result = factors[:, 0]
    for head in range(1, factors.shape[1]):
        result = result * factors[:, head]
    return result


class Sizes:
    """The letters of docs/model.md §1: I, O, H, N, W, R, K, S, the interface vector's fields, and what is switched on.

    An LSTM alone has no heads, and an interface vector of width 0.
    """

    def __init__(self, config):
        self.dnc, self.lstm = config["model"] == "dnc", config["model"] == "lstm"
        self.feedforward = config.get("controller") == "feedforward"
        self.deallocate, self.sharpen = config.get("deallocate", False), config.get("sharpen", False)
        self.I, self.O, self.H = config["input"], config["output"], config["hidden"]
        self.N, self.W = config["slots"], config["width"]
        self.R, self.K = config["reads"], config["writes"]
        self.S = config.get("shifts", 3)
        mask = {"mask": self.W} if config.get("masked") else {}
        content = {"key": self.W, **mask, "strength": 1}
        change = {"erase": self.W, "add": self.W}
        if self.dnc:
            sharpen = {"sharpen_backward": 1, "sharpen_forward": 1} if self.sharpen else {}
            self.write = {**content, "allocation_gate": 1, "write_gate": 1, **change}
            self.read = {**content, "free_gate": 1, "mode": 2 * self.K + 1, **sharpen}
        else:
            self.read = {**content, "gate": 1, "shift": self.S, "sharpen": 1}
            self.write = {**self.read, **change}
        self.Z = self.K * sum(self.write.values()) + self.R * sum(self.read.values())

    def shapes(self):
        """Returns the shapes of the parameters: docs/model.md §2. Those that an LSTM alone lacks are empty."""
        state = self.R * self.W + self.H
        controller = (self.H, self.I + self.R * self.W) if self.feedforward else (4 * self.H, self.I + state)
        kernels = controller, (self.Z, self.H), (self.O, state)
        return [shape for kernel in kernels for shape in (kernel, kernel[:1])]
