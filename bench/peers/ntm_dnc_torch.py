"""NTM, DNC and LSTM in PyTorch, as docs/model.md defines them: eager, compiled by torch.compile, or eager as one CUDA graph.

Written for speed. One product covers all heads, and one product over all times covers the input's part of the gates and
the output layer. The gradients of all three layers are computed the same way: inside the loop the kernels are
constants, and their gradients are computed afterwards from those of the gates and interface vectors.
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from common import EPSILON, product

torch.set_num_threads(1)


def content(memory, key, strength):
    """memory [B,N,W], key [B,heads,W], strength [B,heads,1] -> [B,heads,N]"""
    dot = torch.bmm(key, memory.transpose(1, 2))
    memory_norm = torch.sqrt(memory.square().sum(2) + EPSILON)
    key_norm = torch.sqrt(key.square().sum(2, keepdim=True) + EPSILON)
    return torch.softmax(strength * dot / (key_norm * memory_norm.unsqueeze(1) + EPSILON), 2)


def masked_content(memory, key, mask, strength):
    """content() of what the mask lets through. mask [B,heads,W]"""
    e = mask.square()
    seen = e * key
    dot = torch.bmm(seen, memory.transpose(1, 2))
    memory_norm = torch.sqrt(torch.bmm(e, memory.square().transpose(1, 2)) + EPSILON)
    key_norm = torch.sqrt((seen * key).sum(2, keepdim=True) + EPSILON)
    return torch.softmax(strength * dot / (key_norm * memory_norm + EPSILON), 2)


def sharpened(weights, exponent):
    """weights [B,heads,N], exponent [B,heads,1]"""
    return torch.softmax((1 + softplus(exponent)) * torch.log(weights + EPSILON), 2)


def write(memory, weights, erase, add):
    """memory [B,N,W], weights [B,K,N], erase and add [B,K,W]"""
    keep = 1 - weights[:, 0].unsqueeze(2) * erase[:, 0].unsqueeze(1)
    for head in range(1, weights.shape[1]):
        keep = keep * (1 - weights[:, head].unsqueeze(2) * erase[:, head].unsqueeze(1))
    return torch.baddbmm(memory * keep, weights.transpose(1, 2), add)


def split(heads, fields, z):
    widths = list(fields.values())
    return dict(zip(fields, z.view(-1, heads, sum(widths)).split(widths, 2)))


def fields(sizes, z):
    """z [B,Z] -> the write heads' fields, the read heads' fields, by name, each [B,heads,width]"""
    cut = sizes.K * sum(sizes.write.values())
    return split(sizes.K, sizes.write, z[:, :cut]), split(sizes.R, sizes.read, z[:, cut:])


def ntm_address(memory, before, key, strength, gate, shift, sharpen):
    g = torch.sigmoid(gate)
    gated = torch.lerp(before, content(memory, torch.tanh(key), softplus(strength)), g)
    s = torch.softmax(shift, 2)
    half = (s.shape[2] - 1) // 2
    shifted = s[:, :, half : half + 1] * gated
    for place in range(s.shape[2]):
        if place != half:
            shifted = shifted + s[:, :, place : place + 1] * torch.roll(gated, place - half, 2)
    return sharpened(shifted, sharpen)


def ntm_access(sizes, z, state):
    memory, write_weights, read_weights = state
    writing, reading = fields(sizes, z)
    erase, add = writing.pop("erase"), writing.pop("add")
    write_weights = ntm_address(memory, write_weights, **writing)
    memory = write(memory, write_weights, torch.sigmoid(erase), torch.tanh(add))
    read_weights = ntm_address(memory, read_weights, **reading)
    return torch.bmm(read_weights, memory), (memory, write_weights, read_weights)


def allocation(usage, slot):
    """usage [B,N]. Takes the product over earlier slots as a sum of logarithms: no scan, no division by a prefix."""
    v = EPSILON + (1 - EPSILON) * usage
    order = torch.floor(v.detach() * 4096) * len(slot) + slot
    before = (order.unsqueeze(1) < order.unsqueeze(2)).to(v.dtype)
    return (1 - v) * torch.exp(torch.bmm(before, torch.log(v).unsqueeze(2)).squeeze(2))


def dnc_content(memory, head):
    strength = 1 + softplus(head["strength"])
    if "mask" not in head:
        return content(memory, head["key"], strength)
    return masked_content(memory, head["key"], 0.1 + 0.9 * torch.sigmoid(head["mask"]), strength)


def dnc_access(sizes, z, state, slot, off_diagonal):
    memory, usage, link, precedence, write_weights, read_weights = state
    writing, reading = fields(sizes, z)
    usage = usage + (1 - usage) * (1 - product(1 - write_weights.detach()))
    retention = product(1 - torch.sigmoid(reading["free_gate"]) * read_weights)
    usage = usage * retention
    by_content = dnc_content(memory, writing)
    g_a, g_w = torch.sigmoid(writing["allocation_gate"]), torch.sigmoid(writing["write_gate"])
    seen, weights = usage, []
    for head in range(sizes.K):
        a = g_a[:, head] * allocation(seen, slot)
        weights.append(g_w[:, head] * (a + (1 - g_a[:, head]) * by_content[:, head]))
        if head + 1 < sizes.K:
            seen = seen + (1 - seen) * g_w[:, head] * a
    write_weights = torch.stack(weights, 1)
    if sizes.deallocate:
        memory = memory * retention.unsqueeze(2)
    memory = write(memory, write_weights, torch.sigmoid(writing["erase"]), writing["add"])

    row, column = write_weights.unsqueeze(3), write_weights.unsqueeze(2)
    link = ((1 - row - column) * link + row * precedence.unsqueeze(2)) * off_diagonal
    precedence = (1 - write_weights.sum(2, keepdim=True)) * precedence + write_weights

    m = torch.softmax(reading["mode"], 2)
    new = m[:, :, 2 * sizes.K :] * dnc_content(memory, reading)
    for head in range(sizes.K):
        backward = torch.bmm(read_weights, link[:, head])
        forward = torch.bmm(read_weights, link[:, head].transpose(1, 2))
        if sizes.sharpen:
            backward = sharpened(backward, reading["sharpen_backward"])
            forward = sharpened(forward, reading["sharpen_forward"])
        new = new + m[:, :, head : head + 1] * backward + m[:, :, sizes.K + head : sizes.K + head + 1] * forward
    return torch.bmm(new, memory), (memory, usage, link, precedence, write_weights, new)


def initial_state(sizes, batch):
    if sizes.lstm:
        return ()
    weights = [torch.zeros(batch, heads, sizes.N) for heads in (sizes.K, sizes.R)]
    if sizes.dnc:
        link = torch.zeros(batch, sizes.K, sizes.N, sizes.N)
        precedence = torch.zeros(batch, sizes.K, sizes.N)
        memory = torch.zeros(batch, sizes.N, sizes.W)
        return (memory, torch.zeros(batch, sizes.N), link, precedence, *weights)
    for one in weights:
        one[:, :, 0] = 1
    return (torch.full((batch, sizes.N, sizes.W), 1e-6), *weights)


class Torch:
    """If compiled, one graph unrolls all times. One time per graph compiles sooner, but runs a DNC 2.5 times slower."""

    def __init__(self, way, device):
        self.way, self.device = way, device
        # Another length would have to be compiled or captured again.
        self.one_length = way != "eager"
        # The CPU is the default anyway, and setting it would make each call slower.
        if device != "cpu":
            torch.set_default_device(device)

    def load(self, sizes, optimizer, clip, parameters, x, y, mask):
        self.sizes, self.clip = sizes, clip
        self.trained = [torch.from_numpy(one).to(self.device) for one in parameters]
        self.take(x, y, mask)
        rate, epsilon = optimizer["learningRate"], optimizer["epsilon"]
        fast = {"foreach": True, "capturable": self.way == "cuda-graphs"}
        if optimizer["kind"] == "adam":
            betas = optimizer["beta1"], optimizer["beta2"]
            self.optimizer = torch.optim.Adam(self.trained, rate, betas, epsilon, **fast)
        else:
            self.optimizer = torch.optim.RMSprop(self.trained, rate, optimizer["decay"], epsilon, **fast)
        batch = x.shape[1]
        r = torch.full((batch, sizes.R * sizes.W), 0.0 if sizes.dnc else 1e-6)
        h = torch.zeros(batch, sizes.H)
        self.first = (torch.cat([r, h], 1), h), initial_state(sizes, batch)
        slot = torch.arange(sizes.N, dtype=torch.float32)
        off_diagonal = 1 - torch.eye(sizes.N)
        H = sizes.H

        def cell(gates, bias, kernel, interface, carry, state):
            """gates [B,4H], the part from the input; kernel [R·W+H,4H], interface [H,Z]; carry ([r,h], c)

            With a feed-forward controller gates is [B,H] and kernel [R·W,H].
            """
            rh, c = carry
            if sizes.feedforward:
                h = torch.tanh(torch.addmm(gates, rh[:, : kernel.shape[0]], kernel))
            else:
                i, f, g, o = torch.addmm(gates, rh, kernel).split(H, 1)
                c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
                h = torch.sigmoid(o) * torch.tanh(c)
            if sizes.lstm:
                return (h, c), state
            z = torch.addmm(bias, h, interface)
            if sizes.dnc:
                r, state = dnc_access(sizes, z, state, slot, off_diagonal)
            else:
                r, state = ntm_access(sizes, z, state)
            return (torch.cat([r.flatten(1), h], 1), c), state

        def unroll(gates, biases, kernel, interface, carry, state):
            rows = []
            for now, bias in zip(gates.unbind(0), biases.unbind(0)):
                carry, state = cell(now, bias, kernel, interface, carry, state)
                rows.append(carry[0])
            return torch.stack(rows)

        compiled = self.way == "compiled"
        if compiled:
            # Drop programs compiled for other sizes, since torch keeps only a few.
            torch.compiler.reset()
        self.unroll = torch.compile(unroll, dynamic=False, fullgraph=True) if compiled else unroll
        self.graph = None

    def take(self, x, y, mask):
        self.x, self.y, self.mask = (torch.tensor(array) for array in (x, y, mask))
        self.mask = self.mask.unsqueeze(2).expand_as(self.y).contiguous()

    def _gradients(self):
        kernel, bias, interface, interface_bias, output, output_bias = self.trained
        I, H, RW = self.sizes.I, self.sizes.H, self.sizes.R * self.sizes.W
        times, batch, _ = self.x.shape
        gates = torch.addmm(bias, self.x.view(-1, I), kernel[:, :I].t()).view(times, batch, -1).requires_grad_()
        biases = interface_bias.expand(times, batch, -1).contiguous().requires_grad_()
        carry, state = self.first
        rows = self.unroll(gates, biases, kernel[:, I:].t().contiguous(), interface.t().contiguous(), carry, state)
        flat = rows.detach().view(times * batch, -1)
        turned = torch.cat([output[:, H:], output[:, :H]], 1)
        logits = torch.addmm(output_bias, flat, turned.t())
        target, mask = self.y.view(-1, self.sizes.O), self.mask.view(-1, self.sizes.O)
        loss = binary_cross_entropy_with_logits(logits, target, mask, reduction="sum") / batch
        d_logits = (torch.sigmoid(logits) - target) * mask / batch
        # An LSTM alone uses no interface vector, so its biases have no gradient but an empty one.
        d_rows = (d_logits @ turned).view_as(rows)
        d_gates, d_biases = torch.autograd.grad(rows, [gates, biases], d_rows, materialize_grads=True)
        d_gates, d_biases = d_gates.flatten(0, 1), d_biases.flatten(0, 1)
        before = torch.cat([carry[0], flat[: (times - 1) * batch]])
        if self.sizes.feedforward:
            before = before[:, :RW]
        d_kernel = d_gates.t() @ torch.cat([self.x.view(-1, I), before], 1)
        d_turned = d_logits.t() @ flat
        return loss, [
            d_kernel,
            d_gates.sum(0),
            d_biases.t() @ flat[:, RW:],
            d_biases.sum(0),
            torch.cat([d_turned[:, RW:], d_turned[:, :RW]], 1),
            d_logits.sum(0),
        ]

    def gradient(self):
        return [one.cpu().numpy() for one in self._gradients()[1]]

    def parameters(self):
        return [one.cpu().numpy() for one in self.trained]

    def iterate(self, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.way != "cuda-graphs":
            return self._iteration().item()
        if self.graph is None:
            self._capture()
        self.graph.replay()
        return self.loss.item()

    def _capture(self):
        """Runs some iterations on a side stream, as CUDA graphs require, then records one without running it."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self._iteration()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss = self._iteration()

    def _iteration(self):
        loss, gradients = self._gradients()
        for parameter, gradient in zip(self.trained, gradients):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(self.trained, self.clip, foreach=True)
        self.optimizer.step()
        return loss
