"""NTM, DNC and LSTM in JAX, as docs/model.md defines them: one jitted training iteration, a scan over time, donated buffers.

Written for speed. One product covers all heads, and one product over all times covers the input's part of the gates and
the output layer. The gradients of all three layers are computed the same way: inside the scan the kernels are
constants, and their gradients are computed afterwards from those of the gates and interface vectors.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax.nn import sigmoid, softmax, softplus

from common import EPSILON, product

# Compute products of float32 in float32. On a GPU the default keeps ten bits of each factor.
jax.config.update("jax_default_matmul_precision", "highest")


def content(memory, key, strength):
    """memory [B,N,W], key [B,heads,W], strength [B,heads,1] -> [B,heads,N]"""
    dot = jnp.einsum("bhw,bnw->bhn", key, memory)
    memory_norm = jnp.sqrt(jnp.square(memory).sum(2) + EPSILON)
    key_norm = jnp.sqrt(jnp.square(key).sum(2, keepdims=True) + EPSILON)
    return softmax(strength * dot / (key_norm * memory_norm[:, None] + EPSILON), 2)


def masked_content(memory, key, mask, strength):
    """content() of what the mask lets through. mask [B,heads,W]"""
    e = jnp.square(mask)
    dot = jnp.einsum("bhw,bnw->bhn", e * key, memory)
    memory_norm = jnp.sqrt(jnp.einsum("bhw,bnw->bhn", e, jnp.square(memory)) + EPSILON)
    key_norm = jnp.sqrt((e * jnp.square(key)).sum(2, keepdims=True) + EPSILON)
    return softmax(strength * dot / (key_norm * memory_norm + EPSILON), 2)


def sharpened(weights, exponent):
    """weights [B,heads,N], exponent [B,heads,1]"""
    return softmax((1 + softplus(exponent)) * jnp.log(weights + EPSILON), 2)


def write(memory, weights, erase, add):
    """memory [B,N,W], weights [B,K,N], erase and add [B,K,W]"""
    for head in range(weights.shape[1]):
        memory = memory * (1 - weights[:, head, :, None] * erase[:, head, None])
    for head in range(weights.shape[1]):
        memory = memory + weights[:, head, :, None] * add[:, head, None]
    return memory


def split(heads, fields, z):
    widths = list(fields.values())
    ends = [sum(widths[: place + 1]) for place in range(len(widths) - 1)]
    return dict(zip(fields, jnp.split(z.reshape(-1, heads, sum(widths)), ends, 2)))


def fields(sizes, z):
    """z [B,Z] -> the write heads' fields, the read heads' fields, by name, each [B,heads,width]"""
    cut = sizes.K * sum(sizes.write.values())
    return split(sizes.K, sizes.write, z[:, :cut]), split(sizes.R, sizes.read, z[:, cut:])


def ntm_address(memory, before, key, strength, gate, shift, sharpen):
    g = sigmoid(gate)
    gated = g * content(memory, jnp.tanh(key), softplus(strength)) + (1 - g) * before
    s = softmax(shift, 2)
    half = (s.shape[2] - 1) // 2
    shifted = sum(s[:, :, place : place + 1] * jnp.roll(gated, place - half, 2) for place in range(s.shape[2]))
    return sharpened(shifted, sharpen)


def ntm_access(sizes, z, state):
    memory, write_weights, read_weights = state
    writing, reading = fields(sizes, z)
    erase, add = writing.pop("erase"), writing.pop("add")
    write_weights = ntm_address(memory, write_weights, **writing)
    memory = write(memory, write_weights, sigmoid(erase), jnp.tanh(add))
    read_weights = ntm_address(memory, read_weights, **reading)
    return jnp.einsum("bhn,bnw->bhw", read_weights, memory), (memory, write_weights, read_weights)


def allocation(usage):
    """usage [B,N]. Takes the product over earlier slots as a sum of logarithms: no scan, no division by a prefix."""
    slots = usage.shape[1]
    v = EPSILON + (1 - EPSILON) * usage
    order = jnp.floor(v * 4096).astype(jnp.int32) * slots + jnp.arange(slots)
    before = order[:, None] < order[:, :, None]
    return (1 - v) * jnp.exp(jnp.where(before, jnp.log(v)[:, None], 0).sum(2))


def dnc_content(memory, head):
    strength = 1 + softplus(head["strength"])
    if "mask" not in head:
        return content(memory, head["key"], strength)
    return masked_content(memory, head["key"], 0.1 + 0.9 * sigmoid(head["mask"]), strength)


def dnc_access(sizes, z, state):
    memory, usage, link, precedence, write_weights, read_weights = state
    writing, reading = fields(sizes, z)
    usage = usage + (1 - usage) * (1 - product(1 - jax.lax.stop_gradient(write_weights)))
    retention = product(1 - sigmoid(reading["free_gate"]) * read_weights)
    usage = usage * retention
    by_content = dnc_content(memory, writing)
    g_a, g_w = sigmoid(writing["allocation_gate"]), sigmoid(writing["write_gate"])
    seen, weights = usage, []
    for head in range(sizes.K):
        a = g_a[:, head] * allocation(seen)
        weights.append(g_w[:, head] * (a + (1 - g_a[:, head]) * by_content[:, head]))
        seen = seen + (1 - seen) * g_w[:, head] * a
    write_weights = jnp.stack(weights, 1)
    if sizes.deallocate:
        memory = memory * retention[:, :, None]
    memory = write(memory, write_weights, sigmoid(writing["erase"]), writing["add"])

    row, column = write_weights[:, :, :, None], write_weights[:, :, None]
    link = ((1 - row - column) * link + row * precedence[:, :, None]) * (1 - jnp.eye(sizes.N))
    precedence = (1 - write_weights.sum(2, keepdims=True)) * precedence + write_weights

    m = softmax(reading["mode"], 2)
    new = m[:, :, 2 * sizes.K :] * dnc_content(memory, reading)
    for head in range(sizes.K):
        backward = jnp.einsum("bri,bij->brj", read_weights, link[:, head])
        forward = jnp.einsum("brj,bij->bri", read_weights, link[:, head])
        if sizes.sharpen:
            backward = sharpened(backward, reading["sharpen_backward"])
            forward = sharpened(forward, reading["sharpen_forward"])
        new = new + m[:, :, head : head + 1] * backward
        new = new + m[:, :, sizes.K + head : sizes.K + head + 1] * forward
    return jnp.einsum("bhn,bnw->bhw", new, memory), (memory, usage, link, precedence, write_weights, new)


def initial_state(sizes, batch):
    if sizes.lstm:
        return ()
    if sizes.dnc:
        shapes = [(sizes.N, sizes.W), (sizes.N,), (sizes.K, sizes.N, sizes.N)]
        shapes += [(sizes.K, sizes.N), (sizes.K, sizes.N), (sizes.R, sizes.N)]
        return tuple(jnp.zeros((batch, *shape)) for shape in shapes)
    first = [jnp.zeros((batch, heads, sizes.N)).at[:, :, 0].set(1) for heads in (sizes.K, sizes.R)]
    return (jnp.full((batch, sizes.N, sizes.W), 1e-6), *first)


def gradients(sizes, parameters, x, y, mask):
    """Mean loss and its gradients. x [T,B,I], y [T,B,O], mask [T,B]"""
    kernel, bias, interface, interface_bias, output, output_bias = parameters
    times, batch, _ = x.shape
    I, H, RW = sizes.I, sizes.H, sizes.R * sizes.W
    recurrent = kernel[:, I:]
    # A feed-forward controller sees r alone.
    seen = recurrent.shape[1]
    access = dnc_access if sizes.dnc else ntm_access
    r = jnp.full((batch, RW), 0.0 if sizes.dnc else 1e-6)
    first = jnp.concatenate([r, jnp.zeros((batch, H))], 1)

    def cell(carry, inputs):
        rh, c, state = carry
        gates, bias = inputs
        gates = gates + rh[:, :seen] @ recurrent.T
        if sizes.feedforward:
            h = jnp.tanh(gates)
        else:
            i, f, g, o = jnp.split(gates, 4, 1)
            c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
            h = sigmoid(o) * jnp.tanh(c)
        if sizes.lstm:
            return (h, c, state), h
        r, state = access(sizes, bias + h @ interface.T, state)
        rh = jnp.concatenate([r.reshape(batch, RW), h], 1)
        return (rh, c, state), rh

    def unroll(gates, biases):
        carry = (first, jnp.zeros((batch, H)), initial_state(sizes, batch))
        return jax.lax.scan(cell, carry, (gates, biases))[1]

    biases = jnp.broadcast_to(interface_bias, (times, batch, sizes.Z))
    rows, back = jax.vjp(unroll, x @ kernel[:, :I].T + bias, biases)
    r, h = rows[:, :, :RW], rows[:, :, RW:]
    logits = h @ output[:, :H].T + r @ output[:, H:].T + output_bias
    entropy = jnp.maximum(logits, 0) - logits * y + jnp.log1p(jnp.exp(-jnp.abs(logits)))
    loss = (entropy * mask[:, :, None]).sum() / batch
    d_logits = (sigmoid(logits) - y) * mask[:, :, None] / batch
    d_gates, d_biases = back(jnp.concatenate([d_logits @ output[:, H:], d_logits @ output[:, :H]], 2))
    before = jnp.concatenate([first[None], rows[:-1]])
    over_time = partial(jnp.einsum, "tba,tbc->ac")
    return loss, [
        over_time(d_gates, jnp.concatenate([x, before[:, :, :seen]], 2)),
        d_gates.sum((0, 1)),
        over_time(d_biases, h),
        d_biases.sum((0, 1)),
        over_time(d_logits, jnp.concatenate([h, r], 2)),
        d_logits.sum((0, 1)),
    ]


def update(o, parameters, slots, step, rate, gradients):
    epsilon = o["epsilon"]
    if o["kind"] == "rmsprop":
        v = [o["decay"] * a + (1 - o["decay"]) * g * g for a, g in zip(slots[0], gradients)]
        changes = [g / (jnp.sqrt(a) + epsilon) for g, a in zip(gradients, v)]
        slots = [v]
    else:
        m = [o["beta1"] * a + (1 - o["beta1"]) * g for a, g in zip(slots[0], gradients)]
        v = [o["beta2"] * a + (1 - o["beta2"]) * g * g for a, g in zip(slots[1], gradients)]
        c1, c2 = 1 - o["beta1"] ** step, 1 - o["beta2"] ** step
        changes = [(a / c1) / (jnp.sqrt(b / c2) + epsilon) for a, b in zip(m, v)]
        slots = [m, v]
    return [p - rate * change for p, change in zip(parameters, changes)], slots


class Jax:
    # Another length would have to be compiled again.
    one_length = True

    def __init__(self, device):
        # JAX falls back to the CPU by itself; this raises an error if there is no GPU.
        jax.devices(device)

    def load(self, sizes, optimizer, clip, parameters, x, y, mask):
        parameters = [jnp.array(one) for one in parameters]
        self.take(x, y, mask)
        count = 2 if optimizer["kind"] == "adam" else 1
        slots = [[jnp.zeros_like(one) for one in parameters] for _ in range(count)]
        self.learner = parameters, slots, jnp.float32(0)
        self.compute = jax.jit(partial(gradients, sizes))

        def iteration(parameters, slots, step, rate, x, y, mask):
            loss, all_gradients = gradients(sizes, parameters, x, y, mask)
            norm = jnp.sqrt(sum(jnp.square(one).sum() for one in all_gradients))
            scale = jnp.minimum(clip / norm, 1)
            step = step + 1
            new, slots = update(optimizer, parameters, slots, step, rate, [one * scale for one in all_gradients])
            return new, slots, step, loss

        self.iteration = jax.jit(iteration, donate_argnums=(0, 1, 2))

    def take(self, x, y, mask):
        self.batch = tuple(jnp.array(array) for array in (x, y, mask))

    def gradient(self):
        return self.compute(self.learner[0], *self.batch)[1]

    def parameters(self):
        return self.learner[0]

    def iterate(self, rate):
        *self.learner, loss = self.iteration(*self.learner, rate, *self.batch)
        jax.block_until_ready((self.learner, loss))
        return float(loss)
