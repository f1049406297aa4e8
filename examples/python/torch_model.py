"""A model of memnet as a PyTorch module, computed as docs/model.md says. Its state_dict has the names of a checkpoint.

    python3 torch_model.py logits MODEL X OUT    writes MODEL's logits for the x [time, batch, input] in X to OUT
    python3 torch_model.py new MODEL OUT         writes a new model of MODEL's sizes, for `memnet train --init OUT`

MODEL is a checkpoint. All files are safetensors files.
"""

import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import one_hot, softplus

EPS = 1e-6


def content(memory, key, beta, mask):  # §4.1 and §6.8, [B, N, W], [B, heads, W or 1] to [B, heads, N]
    e = (0.1 + 0.9 * mask.sigmoid()) ** 2 if mask is not None else torch.ones_like(key)
    lengths = ((key**2 * e).sum(-1, keepdim=True) + EPS).sqrt() * (e @ (memory**2).mT + EPS).sqrt()
    return (beta * ((key * e) @ memory.mT) / (lengths + EPS)).softmax(-1)


def write(memory, weights, erase, add):  # §4.2
    keep = 1 - weights[..., None] * erase.sigmoid()[:, :, None]
    return memory * keep.prod(1) + weights.mT @ add


def sharpened(weights, exponent):  # the last line of §5.2, and §6.10
    return ((1 + softplus(exponent)) * (weights + EPS).log()).softmax(-1)


def allocation(usage):  # §6.3
    v = EPS + (1 - EPS) * usage
    order = (4096 * v).floor().argsort(dim=1, stable=True)
    ascending = v.gather(1, order)
    before = torch.cat([torch.ones_like(v[:, :1]), ascending.cumprod(1)[:, :-1]], 1)
    return torch.zeros_like(v).scatter(1, order, (1 - ascending) * before)


class NtmMemory:  # §5
    def __init__(self, batch, zeros, config):
        N, R, K, S = (config[name] for name in ("slots", "reads", "writes", "shifts"))
        W = config["width"]
        self.memory = zeros(batch, N, W) + 1e-6
        first = one_hot(torch.tensor(0), N).to(self.memory)
        self.write, self.read = first.expand(batch, K, N), first.expand(batch, R, N)
        self.fields = [W, 1, 1, S, 1, W, W], [W, 1, 1, S, 1]

    def address(self, before, key, strength, gate, shift, sharpen):
        g, s = gate.sigmoid(), shift.softmax(-1)
        gated = g * content(self.memory, key.tanh(), softplus(strength), None) + (1 - g) * before
        middle = s.shape[2] // 2
        shifted = sum(s[..., [j]] * gated.roll(j - middle, 2) for j in range(s.shape[2]))
        return sharpened(shifted, sharpen)

    def access(self, writing, reading):
        *addressing, erase, add = writing
        self.write = self.address(self.write, *addressing)
        self.memory = write(self.memory, self.write, erase, add.tanh())
        self.read = self.address(self.read, *reading)


class DncMemory:  # §6; fields of a setting that is off have width 0
    def __init__(self, batch, zeros, config):
        N, W, R, K = (config[name] for name in ("slots", "width", "reads", "writes"))
        masked, self.deallocate, sharpen = (config.get(name, False) for name in ("masked", "deallocate", "sharpen"))
        self.memory, self.write, self.read = zeros(batch, N, W), zeros(batch, K, N), zeros(batch, R, N)
        self.usage, self.link, self.precedence = zeros(batch, N), zeros(batch, K, N, N), zeros(batch, K, N)
        self.fields = [W, W * masked, 1, 1, 1, W, W], [W, W * masked, 1, 1, 2 * K + 1, int(sharpen), int(sharpen)]

    def access(self, writing, reading):  # §6.7
        key, mask, strength, allocation_gate, write_gate, erase, add = writing
        read_key, read_mask, read_strength, free_gate, mode, sharpen_back, sharpen_fore = reading
        given = lambda mask: mask if mask.shape[-1] else None
        u = self.usage + (1 - self.usage) * (1 - (1 - self.write).prod(1))
        kept = (1 - free_gate.sigmoid() * self.read).prod(1)
        seen = self.usage = u * kept
        g_a, g_w = allocation_gate.sigmoid(), write_gate.sigmoid()
        c, ways = content(self.memory, key, 1 + softplus(strength), given(mask)), []
        for j in range(c.shape[1]):  # §6.4
            a = allocation(seen)
            ways.append(g_w[:, j] * (g_a[:, j] * a + (1 - g_a[:, j]) * c[:, j]))
            seen = seen + (1 - seen) * g_w[:, j] * g_a[:, j] * a
        self.write = w = torch.stack(ways, 1)
        memory = self.memory * kept[..., None] if self.deallocate else self.memory  # §6.9
        self.memory = write(memory, w, erase, add)
        to, p = w[..., None], self.precedence
        link = (1 - to - to.mT) * self.link + to * p[:, :, None]  # §6.5
        self.link = link = link * (1 - torch.eye(link.shape[-1]).to(link))
        self.precedence = (1 - w.sum(2, keepdim=True)) * p + w
        before, m = self.read[:, None], mode.softmax(-1)
        back, fore = before @ link, before @ link.mT  # §6.6
        if sharpen_back.shape[-1]:  # §6.10
            back, fore = sharpened(back, sharpen_back[:, None]), sharpened(fore, sharpen_fore[:, None])
        found = content(self.memory, read_key, 1 + softplus(read_strength), given(read_mask))
        self.read = (m.mT[..., None] * torch.cat([back, fore, found[:, None]], 1)).sum(1)


class Layer(nn.Module):
    def __init__(self, shapes):
        super().__init__()
        self.kernel, self.bias = (nn.Parameter(torch.empty(shape)) for shape in shapes)
        nn.init.xavier_uniform_(self.kernel)
        nn.init.zeros_(self.bias)

    def forward(self, *v):
        return torch.cat(v, 1) @ self.kernel.T + self.bias


class Model(nn.Module):
    """The parameters' shapes are those of a checkpoint, so that nothing is computed twice."""

    def __init__(self, config, shapes):
        super().__init__()
        self.config = config
        for name in ("controller", "interface", "output"):
            if f"{name}.kernel" in shapes:
                setattr(self, name, Layer([shapes[f"{name}.kernel"], shapes[f"{name}.bias"]]))

    def forward(self, x):  # §3: x [T, B, I] to logits [T, B, O]
        config, B = self.config, x.shape[1]
        zeros = lambda *shape: x.new_zeros(shape)
        kind = {"ntm": NtmMemory, "dnc": DncMemory}.get(config["model"])
        memory = kind(B, zeros, config) if kind else None
        read = lambda: (memory.read @ memory.memory).reshape(B, -1) if memory else zeros(B, 0)
        h, c, r, logits = zeros(B, config["hidden"]), zeros(B, config["hidden"]), read(), []
        for now in x:
            if config.get("controller") == "feedforward":  # §3.4
                h = self.controller(now, r).tanh()
            else:
                i, f, g, o = self.controller(now, r, h).chunk(4, 1)
                c = f.sigmoid() * c + i.sigmoid() * g.tanh()
                h = o.sigmoid() * c.tanh()
            if memory:
                z, (writes, reads) = self.interface(h), memory.fields
                heads = [config["writes"] * sum(writes), config["reads"] * sum(reads)]
                cut = lambda part, widths: part.reshape(B, -1, sum(widths)).split(widths, 2)
                writing, reading = z.split(heads, 1)
                memory.access(cut(writing, writes), cut(reading, reads))
            r = read()
            logits.append(self.output(h, r))
        return torch.stack(logits)


def load(path):
    """Reads a checkpoint, whose other tensors are the optimizer's."""
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("optimizer.")}
    model = Model(config, {name: tensor.shape for name, tensor in tensors.items()})
    model.load_state_dict(tensors)
    return model


if __name__ == "__main__":
    command, path, *rest = sys.argv[1:]
    model = load(path)
    if command == "logits":
        x, out = rest
        with torch.no_grad():
            logits = model.double()(load_file(x)["x"].double())
        save_file({"logits": logits.float()}, out)
    elif command == "new":
        torch.manual_seed(0)
        shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
        save_file(Model(model.config, shapes).state_dict(), rest[0])
    else:
        sys.exit(__doc__)
