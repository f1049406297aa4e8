/**
 * The controllers' element-wise part for one sequence. An LSTM has gates i, f, g, o, each `hiddenPad` floats.
 * docs/model.md §3.3 and §3.4.
 */

import { logistic, tanh } from "./math";
import { at, mulAdd } from "./vector";

/**
 * The activated gates replace the raw ones.
 *
 * @param bytes the size of one gate
 */
export function lstmForward(gates: usize, before: usize, cell: usize, tanhs: usize, hidden: usize, bytes: usize): void {
  // Two loops, since a processor overlaps more elements if each has a shorter chain of dependencies.
  for (let o: usize = 0; o < bytes; o += 16) {
    const place = gates + o;
    const i = logistic(at(place));
    const f = logistic(at(place + bytes));
    const g = tanh(at(place + 2 * bytes));
    v128.store(place, i);
    v128.store(place + bytes, f);
    v128.store(place + 2 * bytes, g);
    v128.store(place + 3 * bytes, logistic(at(place + 3 * bytes)));
    v128.store(cell + o, mulAdd(f, at(before + o), f32x4.mul(i, g)));
  }
  for (let o: usize = 0; o < bytes; o += 16) {
    const t = tanh(at(cell + o));
    v128.store(tanhs + o, t);
    v128.store(hidden + o, f32x4.mul(at(gates + 3 * bytes + o), t));
  }
}

/** @param dCell dc from the time after, replaced by dc′ */
export function lstmBackward(
  gates: usize, before: usize, tanhs: usize, dHidden: usize, dCell: usize, dGates: usize, bytes: usize,
): void {
  const one = f32x4.splat(1);
  for (let o: usize = 0; o < bytes; o += 16) {
    const place = gates + o;
    const i = at(place);
    const f = at(place + bytes);
    const g = at(place + 2 * bytes);
    const out = at(place + 3 * bytes);
    const t = at(tanhs + o);
    const dh = at(dHidden + o);
    const dc = mulAdd(f32x4.mul(dh, out), f32x4.sub(one, f32x4.mul(t, t)), at(dCell + o));
    const to = dGates + o;
    v128.store(to, f32x4.mul(f32x4.mul(dc, g), f32x4.mul(i, f32x4.sub(one, i))));
    v128.store(to + bytes, f32x4.mul(f32x4.mul(dc, at(before + o)), f32x4.mul(f, f32x4.sub(one, f))));
    v128.store(to + 2 * bytes, f32x4.mul(f32x4.mul(dc, i), f32x4.sub(one, f32x4.mul(g, g))));
    v128.store(to + 3 * bytes, f32x4.mul(f32x4.mul(dh, t), f32x4.mul(out, f32x4.sub(one, out))));
    v128.store(dCell + o, f32x4.mul(dc, f));
  }
}

export function feedforwardForward(raw: usize, hidden: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) v128.store(hidden + o, tanh(at(raw + o)));
}

export function feedforwardBackward(hidden: usize, dHidden: usize, dRaw: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 16) {
    const h = at(hidden + o);
    v128.store(dRaw + o, f32x4.mul(at(dHidden + o), f32x4.sub(f32x4.splat(1), f32x4.mul(h, h))));
  }
}
