"""Batches of the tasks copy and repeat-copy, as libs/memnet/src/tasks defines them, drawn by NumPy."""

import numpy


def make_batch(task, sequences, random, times=None):
    """x [T,B,input], y [T,B,output] and mask [T,B]: padded with zeros to `times`, or to the longest sequence."""
    return TASKS[task["name"]](task, sequences, random, times)


def copy(task, sequences, random, times):
    bits, lengths = task["bits"], draw(task["length"], sequences, random)
    words = random.integers(0, 2, (sequences, lengths.max(), bits))
    x, y, mask = zeros(times or 2 * lengths.max() + 2, sequences, bits + 2, bits)
    x[0, :, bits] = 1
    for b, length in enumerate(lengths):
        end = 2 * length + 2
        x[1 : length + 1, b, :bits] = words[b, :length]
        x[length + 1, b, bits + 1] = 1
        y[length + 2 : end, b] = words[b, :length]
        mask[length + 2 : end, b] = 1
    return x, y, mask


def repeat_copy(task, sequences, random, times):
    bits, lengths = task["bits"], draw(task["length"], sequences, random)
    repeats = draw(task["repeats"], sequences, random)
    words = random.integers(0, 2, (sequences, lengths.max(), bits))
    x, y, mask = zeros(times or (lengths * (repeats + 1) + 3).max(), sequences, bits + 2, bits + 1)
    x[0, :, bits] = 1
    for b, (length, repeat) in enumerate(zip(lengths, repeats)):
        end = length * (repeat + 1) + 3
        x[1 : length + 1, b, :bits] = words[b, :length]
        x[length + 1, b, bits + 1] = repeat / 10
        y[length + 2 : end - 1, b, :bits] = numpy.tile(words[b, :length], (repeat, 1))
        y[end - 1, b, bits] = 1
        mask[length + 2 : end, b] = 1
    return x, y, mask


TASKS = {"copy": copy, "repeat-copy": repeat_copy}


def zeros(times, sequences, input, output):
    rows = (times, sequences)
    return (numpy.zeros(shape, "float32") for shape in ((*rows, input), (*rows, output), rows))


def draw(setting, sequences, random):
    """Draws a value for each sequence: `setting` is a whole number, or an inclusive range [lo, hi]."""
    lo, hi = setting if isinstance(setting, list) else (setting, setting)
    return random.integers(lo, hi + 1, sequences)
