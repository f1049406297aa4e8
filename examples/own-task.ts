import { defineTask } from "memnet";

/** Parity: after some bits, say whether the number of ones is odd. */
export const task = defineTask({
  name: "parity",
  settings: { length: [1, 8] },
  beyond: { length: [16, 32] },
  input: () => 2, // the bit, and a 1 when the answer is due
  output: () => 1,
  sequence({ length }, draws) {
    const bits = draws.integer(...length);
    const times = bits + 1;
    const x = new Float32Array(times * 2); // [time, input]
    const y = new Float32Array(times); // [time, output]
    const mask = new Float32Array(times); // 1 where the output counts
    let odd = 0;
    for (let time = 0; time < bits; time++) {
      const bit = draws.bit();
      x[time * 2] = bit;
      odd ^= bit;
    }
    x[bits * 2 + 1] = 1;
    y[bits] = odd;
    mask[bits] = 1;
    return { times, x, y, mask };
  },
});
