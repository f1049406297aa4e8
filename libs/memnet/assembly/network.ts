/** The whole network over the sequences of a chunk: forward through time, and back. */

import { lstmBackward, lstmForward } from "./controller";
import { dncBackward, dncForward, dncInitial } from "./dnc/access";
import { clearCounts, exact, loss, sequenceLoss, wrongBits } from "./loss";
import { ntmBackward, ntmForward, ntmInitial } from "./ntm/access";
import { packKernel, unpackKernel } from "./pack";
import * as plan from "./plan";
import { columnSums, outer, product } from "./product";

/** Reads of all heads and the hidden state lie in front of the input in a row. */
// @ts-ignore: decorator
@inline
function readFloats(): i32 {
  return plan.reads * plan.widthPad;
}

/**
 * Inputs and outputs take turns in a task like copying: `heard` times have inputs, from time `asked` on outputs count.
 * Zeros add nothing, so products leave them out.
 */
let heard: i32 = 0;
let asked: i32 = 0;

/** Of `count` sequences from `first` of a batch; at least the first time counts as heard, and the last as asked. */
function listen(times: i32, sequences: i32, first: i32, count: i32): void {
  heard = times;
  while (heard > 1 && allZero(plan.batchX, (heard - 1) * sequences + first, count, plan.input)) heard--;
  asked = 0;
  while (asked < times - 1 && allZero(plan.batchMask, asked * sequences + first, count, 1)) asked++;
}

/** Whether some rows of a matrix are 0. */
function allZero(matrix: usize, first: i32, rows: i32, columns: i32): bool {
  const from = matrix + ((<usize>(first * columns)) << 2);
  const end = from + ((<usize>(rows * columns)) << 2);
  for (let at = from; at < end; at += 4) {
    if (load<f32>(at) != 0) return false;
  }
  return true;
}

/** Packs the parameters. */
export function takeParameters(): void {
  const p = plan.parameters;
  const gates = plan.gateRows;
  const state = plan.stateSize;
  const backBytes = (<usize>plan.backStride) << 5;
  packKernel(
    p + plan.gateOffset, plan.input + plan.reads * plan.width + plan.hidden, p + plan.gateBiasOffset, plan.gateMap,
    gates, plan.gateRuns, plan.gatePack, plan.rowUsed, plan.stateBack, backBytes, state, plan.gateBias,
  );
  packKernel(
    p + plan.interfaceOffset, plan.hidden, p + plan.interfaceBiasOffset, plan.interfaceMap, plan.interfacePad,
    plan.interfaceRuns, plan.interfacePack, plan.hiddenPad, plan.interfaceBack, (<usize>plan.interfacePad) << 5,
    plan.hiddenPad, plan.interfaceBias,
  );
  packKernel(
    p + plan.outputOffset, plan.hidden + plan.reads * plan.width, p + plan.outputBiasOffset, plan.outputMap,
    plan.outputPad, plan.outputRuns, plan.outputPack, state, plan.stateBack + ((<usize>gates) << 5), backBytes, state,
    plan.outputBias,
  );
}

/**
 * Forward through time, of `count` sequences from `first` of a batch.
 *
 * @param keep whether each time's record is kept for the way back, or only two in turn
 */
function forward(times: i32, sequences: i32, first: i32, count: i32, keep: bool): void {
  const rowBytes = (<usize>plan.rowStride) << 2;
  const gateBytes = (<usize>plan.hiddenPad) << 4;
  const cellBytes = (<usize>plan.hiddenPad) << 2;
  const fieldBytes = (<usize>plan.interfacePad) << 2;
  const chunk = <usize>count;
  const hiddenAt = (<usize>readFloats()) << 2;
  const inputAt = hiddenAt + cellBytes;
  const inputBytes = (<usize>plan.input) << 2;

  listen(times, sequences, first, count);
  for (let time = 0; time < times; time++) {
    for (let b = 0; b < count; b++) {
      memory.copy(
        plan.rows + <usize>(time * count + b) * rowBytes + inputAt,
        plan.batchX + (<usize>(time * sequences + first + b)) * inputBytes,
        inputBytes,
      );
    }
  }
  memory.fill(plan.records, 0, chunk * plan.recordBytes);
  memory.fill(plan.cells, 0, chunk * cellBytes);
  for (let b = 0; b < count; b++) {
    const row = plan.rows + <usize>b * rowBytes;
    memory.fill(row, 0, inputAt);
    const record = plan.records + <usize>b * plan.recordBytes;
    if (plan.isDnc) dncInitial(record);
    else ntmInitial(record, row);
  }
  for (let time = 0; time < times; time++) {
    const now = keep ? <usize>time : 0;
    const old = keep ? <usize>time : <usize>(time & 1);
    const next = keep ? <usize>time + 1 : <usize>((time + 1) & 1);
    const gates = plan.gates + now * chunk * gateBytes;
    const fields = plan.fields + now * chunk * fieldBytes;
    const cellsBefore = plan.cells + old * chunk * cellBytes;
    const cells = plan.cells + next * chunk * cellBytes;
    const tanhs = plan.tanhs + now * chunk * cellBytes;
    const before = plan.records + old * chunk * plan.recordBytes;
    const after = plan.records + next * chunk * plan.recordBytes;
    const rows = plan.rows + <usize>time * chunk * rowBytes;
    const rowsAfter = rows + chunk * rowBytes;
    const packBytes = (<usize>plan.rowUsed) << 5;
    let start = plan.gateBias, startBytes: usize = 0, zeros = 0;
    // Before the first time h is 0, and a DNC has read nothing.
    if (time == 0) {
      zeros = plan.stateSize;
      if (!plan.isDnc) {
        product(
          gates, gateBytes, rows, rowBytes, plan.gatePack, packBytes, start, startBytes, count, plan.gateRows,
          readFloats(),
        );
        start = gates;
        startBytes = gateBytes;
      }
    }
    product(
      gates, gateBytes, rows + ((<usize>zeros) << 2), rowBytes, plan.gatePack + ((<usize>zeros) << 5), packBytes,
      start, startBytes, count, plan.gateRows,
      (time < heard ? plan.rowUsed : plan.stateSize) - zeros,
    );
    for (let b: usize = 0; b < chunk; b++) {
      lstmForward(
        gates + b * gateBytes, cellsBefore + b * cellBytes, cells + b * cellBytes, tanhs + b * cellBytes,
        rowsAfter + b * rowBytes + hiddenAt, cellBytes,
      );
    }
    product(
      fields, fieldBytes, rowsAfter + hiddenAt, rowBytes, plan.interfacePack, (<usize>plan.hiddenPad) << 5,
      plan.interfaceBias, 0, count, plan.interfacePad, plan.hiddenPad,
    );
    for (let b: usize = 0; b < chunk; b++) {
      const o = b * plan.recordBytes;
      const z = fields + b * fieldBytes;
      if (plan.isDnc) dncForward(before + o, after + o, z, rowsAfter + b * rowBytes);
      else ntmForward(before + o, after + o, z, rowsAfter + b * rowBytes);
    }
  }
}

/** Logits of the times from `from` on: the output feeds nothing back, so all times take one product. */
function outputs(from: i32, times: i32, count: i32): void {
  const rowBytes = (<usize>plan.rowStride) << 2;
  const outputBytes = (<usize>plan.outputPad) << 2;
  const state = plan.stateSize;
  const before = <usize>from * count;
  product(
    plan.logits + before * outputBytes, outputBytes, plan.rows + (before + count) * rowBytes, rowBytes,
    plan.outputPack, (<usize>state) << 5, plan.outputBias, 0, (times - from) * count, plan.outputPad, state,
  );
}

/**
 * What flows back into the state of a time lies side by side in one row: the gradients of the gates after it, then
 * those of its logits. This is where the first time's logits lie.
 */
// @ts-ignore: decorator
@inline
function logitGradient(count: i32): usize {
  return plan.backGradient + ((<usize>(count * plan.backStride + plan.gateRows)) << 2);
}

/** Loss and counts of the chunk's sequences, added to those before; with `gradient` the logits' gradient. */
function countLoss(times: i32, sequences: i32, first: i32, count: i32, gradient: bool): void {
  const outputBytes = (<usize>plan.outputPad) << 2;
  const backBytes = (<usize>plan.backStride) << 2;
  for (let b = 0; b < count; b++) {
    sequenceLoss(
      plan.logits + <usize>b * outputBytes, <usize>count * outputBytes,
      plan.batchY + ((<usize>((first + b) * plan.output)) << 2), (<usize>(sequences * plan.output)) << 2,
      plan.batchMask + ((<usize>(first + b)) << 2), (<usize>sequences) << 2,
      gradient ? logitGradient(count) + <usize>b * backBytes : 0, <usize>count * backBytes, times, plan.output,
      plan.outputPad,
    );
  }
}

/** Backward through time; kernels' gradients are added where `accumulate`. */
function backward(times: i32, count: i32, accumulate: bool): void {
  const rowBytes = (<usize>plan.rowStride) << 2;
  const gateBytes = (<usize>plan.hiddenPad) << 4;
  const cellBytes = (<usize>plan.hiddenPad) << 2;
  const fieldBytes = (<usize>plan.interfacePad) << 2;
  const backBytes = (<usize>plan.backStride) << 2;
  const chunk = <usize>count;
  const read = readFloats();
  const gates = plan.gateRows;
  const state = plan.stateSize;
  const state8 = (state + 7) & ~7;
  const hidden8 = (plan.hiddenPad + 7) & ~7;
  const hiddenAt = (<usize>read) << 2;
  const dRows = plan.rowGradient;
  memory.fill(plan.cellGradient, 0, chunk * cellBytes);
  memory.fill(plan.carries, 0, chunk * plan.carryBytes);
  for (let time = times - 1; time >= 0; time--) {
    const now = <usize>time * chunk;
    const next = now + chunk;
    // r_t and h_t go to the output and to the gates after them; after the last time there are none.
    const none = time == times - 1 ? gates : 0;
    const asks = time >= asked ? plan.outputPad : 0;
    product(
      dRows, rowBytes, plan.backGradient + next * backBytes + ((<usize>none) << 2), backBytes,
      plan.stateBack + ((<usize>none) << 5), (<usize>plan.backStride) << 5, plan.zeros, 0, count, state8,
      gates + asks - none,
    );
    const dFields = plan.fieldGradient + now * fieldBytes;
    for (let b: usize = 0; b < chunk; b++) {
      const before = plan.records + (now + b) * plan.recordBytes;
      const after = plan.records + (next + b) * plan.recordBytes;
      const z = plan.fields + (now + b) * fieldBytes;
      const carry = plan.carries + b * plan.carryBytes;
      if (plan.isDnc) dncBackward(before, after, z, dFields + b * fieldBytes, dRows + b * rowBytes, carry);
      else ntmBackward(before, after, z, dFields + b * fieldBytes, dRows + b * rowBytes, carry);
    }
    product(
      dRows + hiddenAt, rowBytes, dFields, fieldBytes, plan.interfaceBack, (<usize>plan.interfacePad) << 5,
      dRows + hiddenAt, rowBytes, count, hidden8, plan.interfacePad,
    );
    const dGates = plan.backGradient + now * backBytes;
    for (let b: usize = 0; b < chunk; b++) {
      lstmBackward(
        plan.gates + (now + b) * gateBytes, plan.cells + (now + b) * cellBytes, plan.tanhs + (now + b) * cellBytes,
        dRows + b * rowBytes + hiddenAt, plan.cellGradient + b * cellBytes, dGates + b * backBytes, cellBytes,
      );
    }
  }
  const all = times * count;
  const rowsAfter = plan.rows + chunk * rowBytes;
  // In the first time's rows the hidden state is 0, and a DNC's reads are.
  const zerosFrom = plan.isDnc ? 0 : (read + 7) & ~7;
  const zerosTo = max(zerosFrom, state & ~7);
  gateOuter(0, all, 0, zerosFrom, gates, accumulate);
  gateOuter(count, all - count, zerosFrom, zerosTo - zerosFrom, gates, accumulate);
  gateOuter(0, all, zerosTo, state8 - zerosTo, gates, accumulate);
  // From here on there is input alone.
  gateOuter(0, heard * count, state8, plan.rowStride - state8, gates, accumulate);
  columnSums(plan.gateBiasSums, plan.backGradient, backBytes, all, gates, accumulate);
  outer(
    plan.interfaceSums, (<usize>hidden8) << 2, plan.fieldGradient, fieldBytes, rowsAfter + hiddenAt, rowBytes, all,
    plan.interfacePad, hidden8, accumulate,
  );
  columnSums(plan.interfaceBiasSums, plan.fieldGradient, fieldBytes, all, plan.interfacePad, accumulate);
  const before = <usize>(asked * count);
  const answers = all - asked * count;
  const dLogits = logitGradient(count) + before * backBytes;
  outer(
    plan.outputSums, (<usize>state8) << 2, dLogits, backBytes, rowsAfter + before * rowBytes, rowBytes, answers,
    plan.outputPad, state8, accumulate,
  );
  columnSums(plan.outputBiasSums, dLogits, backBytes, answers, plan.outputPad, accumulate);
}

/** The gates' kernel gradient, in `columns` of it, from `rows` of all times' rows. */
function gateOuter(first: i32, rows: i32, from: i32, columns: i32, gates: i32, accumulate: bool): void {
  const rowBytes = (<usize>plan.rowStride) << 2;
  const backBytes = (<usize>plan.backStride) << 2;
  const column = (<usize>from) << 2;
  outer(
    plan.gateSums + column, rowBytes, plan.backGradient + <usize>first * backBytes, backBytes,
    plan.rows + <usize>first * rowBytes + column, rowBytes, rows, gates, columns, accumulate,
  );
}

function giveGradient(): void {
  const g = plan.parameterGradient;
  unpackKernel(
    g + plan.gateOffset, plan.input + plan.reads * plan.width + plan.hidden, g + plan.gateBiasOffset, plan.gateMap,
    plan.gateRows, plan.gateRuns, plan.gateSums, (<usize>plan.rowStride) << 2, plan.gateBiasSums,
  );
  unpackKernel(
    g + plan.interfaceOffset, plan.hidden, g + plan.interfaceBiasOffset, plan.interfaceMap, plan.interfacePad,
    plan.interfaceRuns, plan.interfaceSums, (<usize>((plan.hiddenPad + 7) & ~7)) << 2, plan.interfaceBiasSums,
  );
  unpackKernel(
    g + plan.outputOffset, plan.hidden + plan.reads * plan.width, g + plan.outputBiasOffset, plan.outputMap,
    plan.outputPad, plan.outputRuns, plan.outputSums, (<usize>((plan.stateSize + 7) & ~7)) << 2,
    plan.outputBiasSums,
  );
}

/** Every time's record and logits, of sequences of a batch. */
export function trace(times: i32, sequences: i32, first: i32, count: i32): void {
  forward(times, sequences, first, count, true);
  outputs(0, times, count);
}

/** The batch's loss; its gradient lies at `plan.parameterGradient` then. Chunks of sequences follow each other. */
export function gradient(times: i32, sequences: i32, chunk: i32): f64 {
  takeParameters();
  clearCounts();
  for (let first = 0; first < sequences; first += chunk) {
    const count = min(chunk, sequences - first);
    forward(times, sequences, first, count, true);
    outputs(asked, times, count);
    countLoss(times, sequences, first, count, true);
    backward(times, count, first > 0);
  }
  giveGradient();
  return loss;
}

/** Loss, wrong bits and exact sequences at `plan.counts`, as float64. */
export function evaluate(times: i32, sequences: i32, chunk: i32): void {
  takeParameters();
  clearCounts();
  for (let first = 0; first < sequences; first += chunk) {
    const count = min(chunk, sequences - first);
    forward(times, sequences, first, count, false);
    outputs(asked, times, count);
    countLoss(times, sequences, first, count, false);
  }
  store<f64>(plan.counts, loss);
  store<f64>(plan.counts, wrongBits, 8);
  store<f64>(plan.counts, exact, 16);
}
