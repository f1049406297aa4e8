/** How an NTM head moves: from content, by interpolation, shift and sharpening. docs/model.md §5.2. */

import { contentBackward, contentForward, length } from "../content";
import { softmaxFew, softmaxFewBackward } from "../fields";
import { logistic, softplus, tanh } from "../math";
import {
  carryAlong, dContent, headContent, headLogs, headScratch, headShift, headShifted, headWeights, norms, shifts, slotBytes,
  slots, turnedGradient, turns, widthBytes,
} from "../plan";
import { sharpenBackward, sharpenForward } from "../sharpen";
import { at, each, laneSum, mulAdd } from "../vector";

/**
 * The weights of one head. Its record keeps β, g, γ, |k|, s, cos, w_c, w_s, log(w_s + ε) and w.
 *
 * @param memory   the record whose memory is addressed
 * @param key      raw, becomes tanh(key)
 * @param scalars  raw strength, gate, sharpening; shift lies after them
 * @param previous the head's record of the time before
 */
export function addressForward(memory: usize, key: usize, scalars: usize, previous: usize, head: usize): void {
  for (let o: usize = 0; o < widthBytes; o += 16) v128.store(key + o, tanh(at(key + o)));
  const raw = at(scalars);
  const positive = softplus(raw);
  const gate = f32x4.extract_lane(logistic(raw), 1);
  const exponent: f32 = 1 + f32x4.extract_lane(positive, 2);
  store<f32>(head, f32x4.extract_lane(positive, 0));
  store<f32>(head, gate, 4);
  store<f32>(head, exponent, 8);
  store<f32>(head, length(key), 12);
  softmaxFew(scalars + 16, head + headShift, shifts);
  contentForward(memory, memory + norms, key, head);

  gated(head, previous, gate);
  const shifted = head + headShifted;
  // With h the largest shift, turns[n + 2h − j] is w_g[n − (j − h)].
  const last = turns + ((<usize>(shifts - 1)) << 2);
  convolve(head + headShift, last, -4, shifted);
  for (let o = (<usize>slots) << 2; o < slotBytes; o += 4) store<f32>(shifted + o, 0);
  sharpenForward(shifted, exponent, head + headLogs, head + headWeights);
}

/**
 * Backward through `addressForward`, docs/model.md §5.2, to everything but memory and key: see `contentBackward`.
 *
 * @param dScalars where their gradients go, and those of the shift after them
 * @param dWeights dw, replaced by dw′
 */
export function addressBackward(
  memory: usize, scalars: usize, dScalars: usize, previous: usize, head: usize, dWeights: usize, carry: usize,
): void {
  const bytes = slotBytes;
  const gate = load<f32>(head, 4);
  const exponent = load<f32>(head, 8);
  const turned = turnedGradient + ((<usize>(shifts >> 1)) << 2);
  const dExponent = sharpenBackward(
    head + headShifted, exponent, head + headLogs, head + headWeights, dWeights, turned,
  );
  gated(head, previous, gate);
  const dShifts = headScratch;
  for (let j = 0; j < shifts; j++) {
    const from = turns + ((<usize>(shifts - 1 - j)) << 2);
    let sum = f32x4.splat(0);
    for (let o: usize = 0; o < bytes; o += 16) sum = mulAdd(at(turned + o), at(from + o), sum);
    store<f32>(dShifts + ((<usize>j) << 2), laneSum(sum));
  }
  softmaxFewBackward(head + headShift, dShifts, dScalars + 16, shifts);

  joinEnds(turnedGradient);
  const toContent = f32x4.splat(gate);
  const toPrevious = f32x4.splat(1 - gate);
  let gates = f32x4.splat(0);
  convolve(head + headShift, turnedGradient, 4, dContent);
  for (let o: usize = 0; o < bytes; o += 16) {
    const sum = at(dContent + o);
    gates = mulAdd(sum, f32x4.sub(at(head + headContent + o), at(previous + headWeights + o)), gates);
    v128.store(dContent + o, f32x4.mul(toContent, sum));
    v128.store(dWeights + o, f32x4.mul(toPrevious, sum));
  }
  for (let o = (<usize>slots) << 2; o < bytes; o += 4) {
    store<f32>(dContent + o, 0);
    store<f32>(dWeights + o, 0);
  }
  const dStrength = contentBackward(memory + norms, head, carry + carryAlong);
  const slope = logistic(at(scalars));
  store<f32>(dScalars, dStrength * f32x4.extract_lane(slope, 0));
  store<f32>(dScalars, laneSum(gates) * gate * (1 - gate), 4);
  store<f32>(dScalars, dExponent * f32x4.extract_lane(slope, 2), 8);
}

/** to[n] = Σ_j s_j from[n + j], or from[n − j] if `step` is negative. */
function convolve(kernel: usize, from: usize, step: isize, to: usize): void {
  const end = to + slotBytes;
  if (shifts == 3) {
    // A loop of three turns costs more than its body.
    const s0 = each(kernel), s1 = each(kernel + 4), s2 = each(kernel + 8);
    for (; to < end; to += 16) {
      const sum = mulAdd(s1, at(from + step), mulAdd(s0, at(from), f32x4.splat(0)));
      v128.store(to, mulAdd(s2, at(from + 2 * step), sum));
      from += 16;
    }
    return;
  }
  for (; to < end; to += 16) {
    let sum = f32x4.splat(0);
    let place = from;
    for (let j: usize = 0; j < (<usize>shifts) << 2; j += 4) {
      sum = mulAdd(each(kernel + j), at(place), sum);
      place += step;
    }
    v128.store(to, sum);
    from += 16;
  }
}

/** Computes w_g into `turns`, with the ends joined. */
function gated(head: usize, previous: usize, gate: f32): void {
  const to = turns + ((<usize>(shifts >> 1)) << 2);
  const g = f32x4.splat(gate);
  for (let o: usize = 0; o < slotBytes; o += 16) {
    const before = at(previous + headWeights + o);
    v128.store(to + o, mulAdd(g, f32x4.sub(at(head + headContent + o), before), before));
  }
  joinEnds(turns);
}

/** Puts copies of the last slots before the first one, and of the first after the last, as far as a shift reaches. */
function joinEnds(row: usize): void {
  const far = shifts >> 1;
  for (let i = 0; i < far; i++) {
    // The second remainder brings a negative first one into range.
    const before = (((i - far) % slots) + slots) % slots;
    store<f32>(row + ((<usize>i) << 2), load<f32>(row + ((<usize>(far + before)) << 2)));
  }
  for (let i = 0; i < far; i++) {
    store<f32>(row + ((<usize>(far + slots + i)) << 2), load<f32>(row + ((<usize>(far + i % slots)) << 2)));
  }
}
