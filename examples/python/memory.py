"""The memory accesses of both models, docs/model.md §4 to §6, for a batch of B sequences at once."""

import numpy as np

EPS = 1e-6
sigmoid = lambda x: (1 + np.tanh(x / 2)) / 2
softplus = lambda x: np.logaddexp(0, x)
length = lambda v: np.sqrt((v * v).sum(-1, keepdims=True) + EPS)
transposed = lambda m: np.swapaxes(m, -1, -2)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def content(memory, key, beta):  # §4.1: [B, N, W], [B, heads, W], [B, heads, 1] to [B, heads, N]
    return softmax(beta * (key @ transposed(memory)) / (length(key) @ transposed(length(memory)) + EPS))


def write(memory, weights, erase, add):  # §4.2
    keep = 1 - weights[..., None] * sigmoid(erase)[:, :, None]
    return memory * keep.prod(1) + transposed(weights) @ add


def address(memory, before, key, strength, gate, shift, sharpen):  # §5.2
    g, s = sigmoid(gate), softmax(shift)
    gated = g * content(memory, np.tanh(key), softplus(strength)) + (1 - g) * before
    shifted = sum(s[..., [j]] * np.roll(gated, j - s.shape[2] // 2, 2) for j in range(s.shape[2]))
    return softmax((1 + softplus(sharpen)) * np.log(shifted + EPS))


def ntm_access(state, writing, reading):  # §5.3
    *addressing, erase, add = writing
    state["write"] = address(state["memory"], state["write"], *addressing)
    state["memory"] = write(state["memory"], state["write"], erase, np.tanh(add))
    state["read"] = address(state["memory"], state["read"], *reading)


def allocation(usage):  # §6.3
    v = EPS + (1 - EPS) * usage
    order = np.argsort(np.floor(4096 * v), axis=1, kind="stable")
    ascending = np.take_along_axis(v, order, 1)
    before = np.cumprod(np.insert(ascending, 0, 1, 1), 1)[:, :-1]
    result = np.empty_like(v)
    np.put_along_axis(result, order, (1 - ascending) * before, 1)
    return result


def dnc_access(state, writing, reading):  # §6.7
    key, strength, allocation_gate, write_gate, erase, add = writing
    read_key, read_strength, free_gate, mode = reading
    u, memory = state["usage"], state["memory"]
    u = u + (1 - u) * (1 - (1 - state["write"]).prod(1))
    seen = state["usage"] = u * (1 - sigmoid(free_gate) * state["read"]).prod(1)
    g_a, g_w, c = sigmoid(allocation_gate), sigmoid(write_gate), content(memory, key, 1 + softplus(strength))
    w = np.empty_like(c)
    for j in range(w.shape[1]):  # §6.4
        a = allocation(seen)
        w[:, j] = g_w[:, j] * (g_a[:, j] * a + (1 - g_a[:, j]) * c[:, j])
        seen = seen + (1 - seen) * g_w[:, j] * g_a[:, j] * a
    state["write"], state["memory"] = w, write(memory, w, erase, add)
    to, p = w[..., None], state["precedence"]
    link = (1 - to - transposed(to)) * state["link"] + to * p[:, :, None]  # §6.5
    state["link"] = link = link * (1 - np.eye(link.shape[-1]))
    state["precedence"] = (1 - w.sum(2, keepdims=True)) * p + w
    before = state["read"][:, None]
    back, fore, m = before @ link, before @ transposed(link), softmax(mode)  # §6.6
    ways = np.concatenate([back, fore, content(state["memory"], read_key, 1 + softplus(read_strength))[:, None]], 1)
    state["read"] = (transposed(m)[..., None] * ways).sum(1)
