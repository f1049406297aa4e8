"""What the peers share: the sizes of a model, and a product."""

EPSILON = 1e-6


def product(factors):
    """[B,heads,N] -> [B,N]. Used because the gradients of jnp.prod and torch.prod are slow."""
    result = factors[:, 0]
    for head in range(1, factors.shape[1]):
        result = result * factors[:, head]
    return result


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
        """Returns the shapes of the parameters: docs/model.md §2."""
        state = self.R * self.W + self.H
        kernels = (4 * self.H, self.I + state), (self.Z, self.H), (self.O, state)
        return [shape for kernel in kernels for shape in (kernel, kernel[:1])]
