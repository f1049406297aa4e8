"""NTM and DNC in PyTorch as one writes them first: docs/model.md formula by formula, autograd, torch.optim.

The allocation sorts and takes cumulative products as in docs/model.md §6.3, and autograd computes every gradient.
ntm_dnc_torch.py is the version written for speed.
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, linear, softplus

from common import EPSILON, NAMES
from ntm_dnc_torch import fields, initial_state

torch.set_num_threads(1)


def content(memory, key, strength):
    """memory [B,N,W], key [B,heads,W], strength [B,heads,1] -> [B,heads,N]"""
    memory_norm = torch.sqrt((memory**2).sum(2) + EPSILON).unsqueeze(1)
    key_norm = torch.sqrt((key**2).sum(2) + EPSILON).unsqueeze(2)
    return torch.softmax(strength * (key @ memory.transpose(1, 2)) / (memory_norm * key_norm + EPSILON), 2)


def write(memory, weights, erase, add):
    """memory [B,N,W], weights [B,K,N], erase and add [B,K,W]"""
    keep = 1 - weights.unsqueeze(3) * torch.sigmoid(erase).unsqueeze(2)
    return memory * keep.prod(1) + weights.transpose(1, 2) @ add


def ntm_address(memory, before, key, strength, gate, shift, sharpen):
    g = torch.sigmoid(gate)
    gated = g * content(memory, torch.tanh(key), softplus(strength)) + (1 - g) * before
    s = torch.softmax(shift, 2).split(1, 2)
    shifted = sum(share * torch.roll(gated, place - len(s) // 2, 2) for place, share in enumerate(s))
    return torch.softmax((1 + softplus(sharpen)) * torch.log(shifted + EPSILON), 2)


def ntm_access(sizes, z, state):
    memory, write_weights, read_weights = state
    (*addressing, erase, add), reading = fields(sizes, z)
    write_weights = ntm_address(memory, write_weights, *addressing)
    memory = write(memory, write_weights, erase, torch.tanh(add))
    read_weights = ntm_address(memory, read_weights, *reading)
    return read_weights @ memory, (memory, write_weights, read_weights)


def allocation(usage):
    """usage [B,N]"""
    v = EPSILON + (1 - EPSILON) * usage
    order = torch.sort(torch.floor(v.detach() * 4096), dim=1, stable=True).indices
    ascending = v.gather(1, order)
    before = torch.cat([torch.ones_like(v[:, :1]), ascending.cumprod(1)[:, :-1]], 1)
    return torch.zeros_like(v).scatter(1, order, (1 - ascending) * before)


def dnc_access(sizes, z, state):
    memory, usage, link, precedence, write_weights, read_weights = state
    (key, strength, allocation_gate, write_gate, erase, add), reading = fields(sizes, z)
    read_key, read_strength, free_gate, mode = reading
    usage = usage + (1 - usage) * (1 - (1 - write_weights.detach()).prod(1))
    usage = usage * (1 - torch.sigmoid(free_gate) * read_weights).prod(1)
    by_content = content(memory, key, 1 + softplus(strength))
    g_a, g_w = torch.sigmoid(allocation_gate), torch.sigmoid(write_gate)
    seen, weights = usage, []
    for head in range(sizes.K):
        a = allocation(seen)
        weights.append(g_w[:, head] * (g_a[:, head] * a + (1 - g_a[:, head]) * by_content[:, head]))
        seen = seen + (1 - seen) * g_w[:, head] * g_a[:, head] * a
    write_weights = torch.stack(weights, 1)
    memory = write(memory, write_weights, erase, add)

    row, column = write_weights.unsqueeze(3), write_weights.unsqueeze(2)
    link = ((1 - row - column) * link + row * precedence.unsqueeze(2)) * (1 - torch.eye(sizes.N))
    precedence = (1 - write_weights.sum(2, keepdim=True)) * precedence + write_weights

    backward, forward, by_key = torch.softmax(mode, 2).split([sizes.K, sizes.K, 1], 2)
    before = read_weights.unsqueeze(1)
    read_weights = (
        (backward.transpose(1, 2).unsqueeze(3) * (before @ link)).sum(1)
        + (forward.transpose(1, 2).unsqueeze(3) * (before @ link.transpose(2, 3))).sum(1)
        + by_key * content(memory, read_key, 1 + softplus(read_strength))
    )
    return read_weights @ memory, (memory, usage, link, precedence, write_weights, read_weights)


class TorchPlain:
    def load(self, sizes, optimizer, clip, parameters, x, y, mask):
        self.sizes, self.clip = sizes, clip
        self.parameters = [torch.nn.Parameter(torch.from_numpy(parameters[name])) for name in NAMES]
        self.x, self.y, self.mask = (torch.tensor(array) for array in (x, y, mask))
        rate, epsilon = optimizer["learningRate"], optimizer["epsilon"]
        if optimizer["kind"] == "adam":
            betas = (optimizer["beta1"], optimizer["beta2"])
            self.optimizer = torch.optim.Adam(self.parameters, rate, betas, epsilon)
        else:
            self.optimizer = torch.optim.RMSprop(self.parameters, rate, optimizer["decay"], epsilon)

    def _backward(self):
        kernel, bias, interface, interface_bias, output, output_bias = self.parameters
        sizes, batch = self.sizes, self.x.shape[1]
        access = dnc_access if sizes.dnc else ntm_access
        state = initial_state(sizes, batch)
        r = torch.full((batch, sizes.R * sizes.W), 0.0 if sizes.dnc else 1e-6)
        h = c = torch.zeros(batch, sizes.H)
        logits = []
        for x in self.x:
            i, f, g, o = linear(torch.cat([x, r, h], 1), kernel, bias).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            r, state = access(sizes, linear(h, interface, interface_bias), state)
            r = r.flatten(1)
            logits.append(linear(torch.cat([h, r], 1), output, output_bias))
        losses = binary_cross_entropy_with_logits(torch.stack(logits), self.y, reduction="none")
        loss = (losses * self.mask.unsqueeze(2)).sum() / batch
        self.optimizer.zero_grad()
        loss.backward()
        return loss.item()

    def gradient(self):
        loss = self._backward()
        return loss, {name: one.grad.numpy() for name, one in zip(NAMES, self.parameters)}

    def iterate(self):
        loss = self._backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.optimizer.step()
        return loss
