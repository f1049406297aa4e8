/** The whole network over the sequences of a chunk: forward through time, and back. */

import { feedforwardBackward, feedforwardForward, lstmBackward, lstmForward } from "./controller";
import { dncBackward, dncForward, dncInitial } from "./dnc/access";
import { clearCounts, exact, loss, sequenceLoss, wrongBits } from "./loss";
import { ntmBackward, ntmForward, ntmInitial } from "./ntm/access";
import { packKernel, unpackKernel } from "./pack";
import * as plan from "./plan";
import { columnSums, outer, product } from "./product";

/**
 * In a task like copying inputs come before outputs. Inputs end before time `inputEnd`, and outputs count from time
 * `outputStart` on. Zeros add nothing, so products skip them.
 */
let inputEnd: i32 = 0;
let outputStart: i32 = 0;

/** Finds both times for `count` sequences from `first` of a batch; each span has one time at least. */
function findActiveTimes(times: i32, sequences: i32, first: i32, count: i32): void {
  inputEnd = times;
  while (inputEnd > 1 && allZero(plan.batchX, (inputEnd - 1) * sequences + first, count, plan.input)) inputEnd--;
  outputStart = 0;
  while (outputStart < times - 1 && allZero(plan.batchMask, outputStart * sequences + first, count, 1)) outputStart++;
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

export function packParameters(): void {
  const p = plan.parameters;
  const gates = plan.gateRows;
  const state = plan.stateSize;
  const backBytes = (<usize>plan.backStride) << 5;
  packKernel(
    p + plan.gateOffset, plan.gateColumns, p + plan.gateBiasOffset, plan.gateMap,
    gates, plan.gateRuns, plan.gatePack, plan.rowUsed, plan.stateBack, backBytes, state, plan.gateBias,
  );
  packKernel(
    p + plan.interfaceOffset, plan.hidden, p + plan.interfaceBiasOffset, plan.interfaceMap, plan.interfacePad,
    plan.interfaceRuns, plan.interfacePack, plan.hiddenPad, plan.interfaceBack, (<usize>plan.interfacePad) << 5,
    plan.hiddenPad, plan.interfaceBias,
  );
  packKernel(
    p + plan.outputOffset, plan.outputColumns, p + plan.outputBiasOffset, plan.outputMap,
    plan.outputPad, plan.outputRuns, plan.outputPack, state, plan.stateBack + ((<usize>gates) << 5), backBytes, state,
    plan.outputBias,
  );
}

/**
 * Takes `count` sequences from `first` of a batch forward through time.
 *
 * @param keep   whether each time's record is kept for the backward pass, or only two alternate
 * @param resume whether to continue from the state that a call with one time and these sequences left
 */
function forward(times: i32, sequences: i32, first: i32, count: i32, keep: bool, resume: bool = false): void {
  const chunk = <usize>count;
  const hiddenAt = plan.hiddenAt;
  const inputAt = (<usize>plan.stateSize) << 2;
  const inputBytes = (<usize>plan.input) << 2;

  findActiveTimes(times, sequences, first, count);
  for (let time = 0; time < times; time++) {
    for (let b = 0; b < count; b++) {
      memory.copy(
        plan.rows + <usize>(time * count + b) * plan.rowBytes + inputAt,
        plan.batchX + (<usize>(time * sequences + first + b)) * inputBytes,
        inputBytes,
      );
    }
  }
  if (resume) {
    // The state after one time becomes that before the next.
    memory.copy(plan.records, plan.records + chunk * plan.recordBytes, chunk * plan.recordBytes);
    memory.copy(plan.cells, plan.cells + chunk * plan.cellBytes, chunk * plan.cellBytes);
  } else {
    memory.fill(plan.records, 0, chunk * plan.recordBytes);
    memory.fill(plan.cells, 0, chunk * plan.cellBytes);
  }
  for (let b = 0; b < count; b++) {
    const row = plan.rows + <usize>b * plan.rowBytes;
    if (resume) {
      memory.copy(row, row + chunk * plan.rowBytes, inputAt);
      continue;
    }
    memory.fill(row, 0, inputAt);
    const record = plan.records + <usize>b * plan.recordBytes;
    if (plan.isDnc) dncInitial(record);
    else if (plan.isNtm) ntmInitial(record, row + plan.readAt);
  }
  for (let time = 0; time < times; time++) {
    const now = keep ? <usize>time : 0;
    const old = keep ? <usize>time : <usize>(time & 1);
    const next = keep ? <usize>time + 1 : <usize>((time + 1) & 1);
    const gates = plan.gates + now * chunk * plan.gateBytes;
    const fields = plan.fields + now * chunk * plan.fieldBytes;
    const cellsBefore = plan.cells + old * chunk * plan.cellBytes;
    const cells = plan.cells + next * chunk * plan.cellBytes;
    const tanhs = plan.tanhs + now * chunk * plan.cellBytes;
    const before = plan.records + old * chunk * plan.recordBytes;
    const after = plan.records + next * chunk * plan.recordBytes;
    const rows = plan.rows + <usize>time * chunk * plan.rowBytes;
    const rowsAfter = rows + chunk * plan.rowBytes;
    const packBytes = (<usize>plan.rowUsed) << 5;
    let start = plan.gateBias, startBytes: usize = 0, from = plan.gateFrom;
    // Before the first time h is 0, and all but an NTM have read nothing.
    if (time == 0 && !resume && !plan.isNtm) {
      from = plan.stateSize;
    } else if (time == 0 && !resume && !plan.isFeedforward) {
      product(
        gates, plan.gateBytes, rows, plan.rowBytes, plan.gatePack, packBytes, start, startBytes, count, plan.gateRows,
        plan.readSize,
      );
      start = gates;
      startBytes = plan.gateBytes;
      from = plan.stateSize;
    }
    product(
      gates, plan.gateBytes, rows + ((<usize>from) << 2), plan.rowBytes, plan.gatePack + ((<usize>from) << 5), packBytes,
      start, startBytes, count, plan.gateRows,
      (time < inputEnd ? plan.rowUsed : plan.stateSize) - from,
    );
    for (let b: usize = 0; b < chunk; b++) {
      const hidden = rowsAfter + b * plan.rowBytes + hiddenAt;
      if (plan.isFeedforward) {
        feedforwardForward(gates + b * plan.gateBytes, hidden, plan.hiddenBytes);
      } else {
        lstmForward(
          gates + b * plan.gateBytes, cellsBefore + b * plan.cellBytes, cells + b * plan.cellBytes,
          tanhs + b * plan.cellBytes, hidden, plan.hiddenBytes,
        );
      }
    }
    product(
      fields, plan.fieldBytes, rowsAfter + hiddenAt, plan.rowBytes, plan.interfacePack, (<usize>plan.hiddenPad) << 5,
      plan.interfaceBias, 0, count, plan.interfacePad, plan.hiddenPad,
    );
    for (let b: usize = 0; b < chunk; b++) {
      const o = b * plan.recordBytes;
      const z = fields + b * plan.fieldBytes;
      const read = rowsAfter + b * plan.rowBytes + plan.readAt;
      if (plan.isDnc) dncForward(before + o, after + o, z, read);
      else if (plan.isNtm) ntmForward(before + o, after + o, z, read);
    }
  }
}

/** Computes the logits of the times from `from` on: the output feeds nothing back, so one product does. */
function outputs(from: i32, times: i32, count: i32): void {
  const state = plan.stateSize;
  const before = <usize>from * count;
  product(
    plan.logits + before * plan.outputBytes, plan.outputBytes, plan.rows + (before + count) * plan.rowBytes, plan.rowBytes,
    plan.outputPack, (<usize>state) << 5, plan.outputBias, 0, (times - from) * count, plan.outputPad, state,
  );
}

/**
 * The address of the gradient of the first time's logits. What flows back into a time's state is one row: the gradients
 * of the gates of the time after, then those of the time's logits.
 */
// @ts-ignore: decorator
@inline function logitGradient(count: i32): usize {
  return plan.backGradient + ((<usize>(count * plan.backStride + plan.gateRows)) << 2);
}

/** @param accumulate whether the kernels' gradients are added to those of earlier chunks */
function backward(times: i32, count: i32, accumulate: bool): void {
  const chunk = <usize>count;
  const gates = plan.gateRows;
  const state8 = plan.state8, hidden8 = plan.hidden8;
  const hiddenAt = plan.hiddenAt;
  const dRows = plan.rowGradient;
  memory.fill(plan.cellGradient, 0, chunk * plan.cellBytes);
  memory.fill(plan.carries, 0, chunk * plan.carryBytes);
  for (let time = times - 1; time >= 0; time--) {
    const now = <usize>time * chunk;
    const next = now + chunk;
    // r_t and h_t feed the output and the gates of the time after; the last time has none after it.
    const none = time == times - 1 ? gates : 0;
    const asks = time >= outputStart ? plan.outputPad : 0;
    const back = plan.backGradient + next * plan.backBytes;
    const panelBytes = (<usize>plan.backStride) << 5;
    // A feed-forward controller's hidden state feeds no gates.
    const alone = plan.gateFrom;
    if (alone > 0) {
      product(
        dRows, plan.rowBytes, back + plan.gateBytes, plan.backBytes, plan.stateBack + ((<usize>gates) << 5), panelBytes,
        plan.zeros, 0, count, alone, asks,
      );
    }
    product(
      dRows + ((<usize>alone) << 2), plan.rowBytes, back + ((<usize>none) << 2), plan.backBytes,
      plan.stateBack + (<usize>(alone >> 3)) * panelBytes + ((<usize>none) << 5), panelBytes, plan.zeros, 0, count,
      state8 - alone, gates + asks - none,
    );
    const dFields = plan.fieldGradient + now * plan.fieldBytes;
    for (let b: usize = 0; b < chunk; b++) {
      const before = plan.records + (now + b) * plan.recordBytes;
      const after = plan.records + (next + b) * plan.recordBytes;
      const z = plan.fields + (now + b) * plan.fieldBytes;
      const carry = plan.carries + b * plan.carryBytes;
      const dRead = dRows + b * plan.rowBytes + plan.readAt;
      if (plan.isDnc) dncBackward(before, after, z, dFields + b * plan.fieldBytes, dRead, carry);
      else if (plan.isNtm) ntmBackward(before, after, z, dFields + b * plan.fieldBytes, dRead, carry);
    }
    product(
      dRows + hiddenAt, plan.rowBytes, dFields, plan.fieldBytes, plan.interfaceBack, (<usize>plan.interfacePad) << 5,
      dRows + hiddenAt, plan.rowBytes, count, hidden8, plan.interfacePad,
    );
    const dGates = plan.backGradient + now * plan.backBytes;
    for (let b: usize = 0; b < chunk; b++) {
      const dHidden = dRows + b * plan.rowBytes + hiddenAt;
      if (plan.isFeedforward) {
        const hidden = plan.rows + (next + b) * plan.rowBytes + hiddenAt;
        feedforwardBackward(hidden, dHidden, dGates + b * plan.backBytes, plan.hiddenBytes);
      } else {
        lstmBackward(
          plan.gates + (now + b) * plan.gateBytes, plan.cells + (now + b) * plan.cellBytes,
          plan.tanhs + (now + b) * plan.cellBytes, dHidden, plan.cellGradient + b * plan.cellBytes,
          dGates + b * plan.backBytes, plan.hiddenBytes,
        );
      }
    }
  }
  const all = times * count;
  const rowsAfter = plan.rows + chunk * plan.rowBytes;
  // In the first time's rows the hidden state is 0, and so are all reads but an NTM's.
  const from = plan.gateFrom;
  const zerosFrom = plan.isNtm ? (from + plan.readSize + 7) & ~7 : from;
  const zerosTo = max(zerosFrom, plan.stateSize & ~7);
  gateOuter(0, all, from, zerosFrom - from, gates, accumulate);
  gateOuter(count, all - count, zerosFrom, zerosTo - zerosFrom, gates, accumulate);
  gateOuter(0, all, zerosTo, state8 - zerosTo, gates, accumulate);
  // From here on rows hold input only.
  gateOuter(0, inputEnd * count, state8, plan.rowStride - state8, gates, accumulate);
  columnSums(plan.gateBiasSums, plan.backGradient, plan.backBytes, all, gates, accumulate);
  outer(
    plan.interfaceSums, (<usize>hidden8) << 2, plan.fieldGradient, plan.fieldBytes, rowsAfter + hiddenAt, plan.rowBytes, all,
    plan.interfacePad, hidden8, accumulate,
  );
  columnSums(plan.interfaceBiasSums, plan.fieldGradient, plan.fieldBytes, all, plan.interfacePad, accumulate);
  const before = <usize>(outputStart * count);
  const answers = all - outputStart * count;
  const dLogits = logitGradient(count) + before * plan.backBytes;
  outer(
    plan.outputSums, (<usize>state8) << 2, dLogits, plan.backBytes, rowsAfter + before * plan.rowBytes, plan.rowBytes, answers,
    plan.outputPad, state8, accumulate,
  );
  columnSums(plan.outputBiasSums, dLogits, plan.backBytes, answers, plan.outputPad, accumulate);
}

/** Some columns of the gradient of the gates' kernel, from some of all times' rows. */
function gateOuter(first: i32, rows: i32, from: i32, columns: i32, gates: i32, accumulate: bool): void {
  const column = (<usize>from) << 2;
  outer(
    plan.gateSums + column, plan.rowBytes, plan.backGradient + <usize>first * plan.backBytes, plan.backBytes,
    plan.rows + <usize>first * plan.rowBytes + column, plan.rowBytes, rows, gates, columns, accumulate,
  );
}

function unpackGradient(): void {
  const g = plan.parameterGradient;
  unpackKernel(
    g + plan.gateOffset, plan.gateColumns, g + plan.gateBiasOffset, plan.gateMap,
    plan.gateRows, plan.gateRuns, plan.gateSums, plan.rowBytes, plan.gateBiasSums,
  );
  unpackKernel(
    g + plan.interfaceOffset, plan.hidden, g + plan.interfaceBiasOffset, plan.interfaceMap, plan.interfacePad,
    plan.interfaceRuns, plan.interfaceSums, (<usize>plan.hidden8) << 2, plan.interfaceBiasSums,
  );
  unpackKernel(
    g + plan.outputOffset, plan.outputColumns, g + plan.outputBiasOffset, plan.outputMap,
    plan.outputPad, plan.outputRuns, plan.outputSums, (<usize>plan.state8) << 2,
    plan.outputBiasSums,
  );
}

/** Keeps the records and logits of all times, of `count` sequences from `first`. */
export function trace(times: i32, sequences: i32, first: i32, count: i32): void {
  forward(times, sequences, first, count, true);
  outputs(0, times, count);
}

/**
 * Computes the logits of all times, of `count` sequences from `first`.
 *
 * @param resume whether to continue, by one time, from the state that a call with one time left
 */
export function predict(times: i32, sequences: i32, first: i32, count: i32, resume: bool): void {
  forward(times, sequences, first, count, false, resume);
  outputs(0, times, count);
}

/** Computes the batch's loss, chunk by chunk, and its gradient at `plan.parameterGradient`. */
export function gradient(times: i32, sequences: i32, chunk: i32): f64 {
  run(times, sequences, chunk, true);
  unpackGradient();
  return loss;
}

/** Stores loss, wrong bits and exact sequences at `plan.counts`, as float64. */
export function evaluate(times: i32, sequences: i32, chunk: i32): void {
  run(times, sequences, chunk, false);
  store<f64>(plan.counts, loss);
  store<f64>(plan.counts, wrongBits, 8);
  store<f64>(plan.counts, exact, 16);
}

function run(times: i32, sequences: i32, chunk: i32, withGradient: bool): void {
  packParameters();
  clearCounts();
  for (let first = 0; first < sequences; first += chunk) {
    const count = min(chunk, sequences - first);
    forward(times, sequences, first, count, withGradient);
    outputs(outputStart, times, count);
    for (let b = 0; b < count; b++) {
      const dLogits = withGradient ? logitGradient(count) + <usize>b * plan.backBytes : 0;
      sequenceLoss(times, sequences, first, count, b, dLogits);
    }
    if (withGradient) backward(times, count, first > 0);
  }
}
