"""The memory accesses of NTM and DNC, docs/model.md §4 to §6, for a batch of B sequences at once."""

import numpy as np

EPS = 1e-6
sigmoid = lambda x: (1 + np.tanh(x / 2)) / 2
softplus = lambda x: np.logaddexp(0, x)
transposed = lambda m: np.swapaxes(m, -1, -2)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def content(memory, key, beta, mask=np.empty(0)):  # §4.1 and §6.8, [B, N, W], [B, heads, W or 1] to [B, heads, N]
    e = (0.1 + 0.9 * sigmoid(mask)) ** 2 if mask.size else np.ones_like(key)
    lengths = np.sqrt((key**2 * e).sum(-1, keepdims=True) + EPS) * np.sqrt(e @ transposed(memory**2) + EPS)
    return softmax(beta * ((key * e) @ transposed(memory)) / (lengths + EPS))


def write(memory, weights, erase, add):  # §4.2
    keep = 1 - weights[..., None] * sigmoid(erase)[:, :, None]
    return memory * keep.prod(1) + transposed(weights) @ add


def sharpened(weights, exponent):  # the last line of §5.2, and §6.10
    return softmax((1 + softplus(exponent)) * np.log(weights + EPS))


def address(memory, before, key, strength, gate, shift, sharpen):  # §5.2
    g, s = sigmoid(gate), softmax(shift)
    gated = g * content(memory, np.tanh(key), softplus(strength)) + (1 - g) * before
    shifted = sum(s[..., [j]] * np.roll(gated, j - s.shape[2] // 2, 2) for j in range(s.shape[2]))
    return sharpened(shifted, sharpen)


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


def dnc_access(state, writing, reading, deallocate):  # §6.7; fields of a setting that is off have width 0
    key, mask, strength, allocation_gate, write_gate, erase, add = writing
    read_key, read_mask, read_strength, free_gate, mode, sharpen_back, sharpen_fore = reading
    u, memory = state["usage"], state["memory"]
    u = u + (1 - u) * (1 - (1 - state["write"]).prod(1))
    kept = (1 - sigmoid(free_gate) * state["read"]).prod(1)
    seen = state["usage"] = u * kept
    g_a, g_w, c = sigmoid(allocation_gate), sigmoid(write_gate), content(memory, key, 1 + softplus(strength), mask)
    w = np.empty_like(c)
    for j in range(w.shape[1]):  # §6.4
        a = allocation(seen)
        w[:, j] = g_w[:, j] * (g_a[:, j] * a + (1 - g_a[:, j]) * c[:, j])
        seen = seen + (1 - seen) * g_w[:, j] * g_a[:, j] * a
    state["write"] = w
    state["memory"] = write(memory * kept[..., None] if deallocate else memory, w, erase, add)  # §6.9
    to, p = w[..., None], state["precedence"]
    link = (1 - to - transposed(to)) * state["link"] + to * p[:, :, None]  # §6.5
    state["link"] = link = link * (1 - np.eye(link.shape[-1]))
    state["precedence"] = (1 - w.sum(2, keepdims=True)) * p + w
    before = state["read"][:, None]
    back, fore, m = before @ link, before @ transposed(link), softmax(mode)  # §6.6
    if sharpen_back.size:  # §6.10
        back, fore = sharpened(back, sharpen_back[:, None]), sharpened(fore, sharpen_fore[:, None])
    found = content(state["memory"], read_key, 1 + softplus(read_strength), read_mask)
    ways = np.concatenate([back, fore, found[:, None]], 1)
    state["read"] = (transposed(m)[..., None] * ways).sum(1)
