/**
 * Sizes, addresses and offsets. The host sets each of these globals by its name (`src/engines/wasm/plan.ts`).
 *
 * Sizes count floats, or bytes if the name says so.
 */

/** Which model, 1 or 0 each; a network without memory is neither. */
export let isNtm: i32 = 0, isDnc: i32 = 0, isFeedforward: i32 = 0;
/** A DNC's variants, 1 or 0 each. */
export let masked: i32 = 0, deallocate: i32 = 0, sharpens: i32 = 0;
export let input: i32 = 0, output: i32 = 0, hidden: i32 = 0;
export let slots: i32 = 0, width: i32 = 0, reads: i32 = 0, writes: i32 = 0, shifts: i32 = 0;
/** Columns of the two kernels that see the reads. */
export let gateColumns: i32 = 0, outputColumns: i32 = 0;
/**
 * Padded sizes. A row is [reads, hidden, input]; its state is the first two, and backward the gates and the logits. A
 * feed-forward controller's row is [hidden, reads, input], since its gates, which are one layer, see all but the hidden
 * state: they begin at `gateFrom`.
 */
export let hiddenPad: i32 = 0, interfacePad: i32 = 0, outputPad: i32 = 0, gateRows: i32 = 0, cellSize: i32 = 0;
export let gateFrom: i32 = 0;
export let readSize: i32 = 0, stateSize: i32 = 0, rowUsed: i32 = 0, rowStride: i32 = 0, backStride: i32 = 0;
/** The hidden state, and a state, padded to whole panels of a product. */
export let hidden8: i32 = 0, state8: i32 = 0;
/** Offsets in a row. */
export let readAt: usize = 0, hiddenAt: usize = 0;
export let rowBytes: usize = 0, gateBytes: usize = 0, hiddenBytes: usize = 0, cellBytes: usize = 0, fieldBytes: usize = 0;
export let outputBytes: usize = 0, backBytes: usize = 0;
/** Numbers over slots, one row of the memory, one link matrix, numbers over a slot's width, a head's fields. */
export let slotBytes: usize = 0, strideBytes: usize = 0, linkBytes: usize = 0, widthBytes: usize = 0;
export let writeFieldBytes: usize = 0, readFieldBytes: usize = 0;
/** Offsets in a head's fields: a DNC's read head's scalars and modes, and a write head's mask. */
export let readScalars: usize = 0, writeMask: usize = 0;

/** Addresses: parameters and batch as given, and what an evaluation counts. */
export let parameters: usize = 0, parameterGradient: usize = 0;
export let batchX: usize = 0, batchY: usize = 0, batchMask: usize = 0, counts: usize = 0;
/** Offsets of the tensors among the parameters, in bytes. */
export let gateOffset: usize = 0, gateBiasOffset: usize = 0, interfaceOffset: usize = 0;
export let interfaceBiasOffset: usize = 0, outputOffset: usize = 0, outputBiasOffset: usize = 0;
/** Addresses: which rows and columns of the kernels go where, the packed kernels, and sums of their gradients. */
export let gateMap: usize = 0, interfaceMap: usize = 0, outputMap: usize = 0;
export let gateRuns: usize = 0, interfaceRuns: usize = 0, outputRuns: usize = 0;
export let gatePack: usize = 0, stateBack: usize = 0, gateBias: usize = 0;
export let interfacePack: usize = 0, interfaceBack: usize = 0, interfaceBias: usize = 0;
export let outputPack: usize = 0, outputBias: usize = 0;
export let gateSums: usize = 0, interfaceSums: usize = 0, outputSums: usize = 0;
export let gateBiasSums: usize = 0, interfaceBiasSums: usize = 0, outputBiasSums: usize = 0;
/** Addresses: what the forward pass keeps, and gradients of the backward pass. */
export let rows: usize = 0, gates: usize = 0, cells: usize = 0, tanhs: usize = 0, fields: usize = 0, logits: usize = 0;
export let records: usize = 0, rowGradient: usize = 0, backGradient: usize = 0, fieldGradient: usize = 0;
export let cellGradient: usize = 0, carries: usize = 0;

/** A record, one sequence at one time: it begins with the memory. Offsets in it. */
export let recordBytes: usize = 0;
export let norms: usize = 0, usage: usize = 0, retention: usize = 0, writeHeads: usize = 0, readHeads: usize = 0;
/** A head's part of a record: offsets in it. Those of write and read heads are a DNC's, shift and logs an NTM's. */
export let writeHeadBytes: usize = 0, readHeadBytes: usize = 0;
export let headCosine: usize = 0, headContent: usize = 0, headWeights: usize = 0;
/** A masked head's: the mask, the key as the mask leaves it, and the lengths of slots as the head sees them. */
export let headMask: usize = 0, headMaskedKey: usize = 0, headLengths: usize = 0;
export let headShift: usize = 0, headShifted: usize = 0, headLogs: usize = 0;
export let writeAllocation: usize = 0, writeSeen: usize = 0, writeOrder: usize = 0, writePrecedence: usize = 0;
export let writeLink: usize = 0;
export let readMode: usize = 0, readForwardWeights: usize = 0, readBackwardWeights: usize = 0;
/** Before sharpening, and what sharpening keeps. */
export let readExponents: usize = 0, readForwardRaw: usize = 0, readForwardLogs: usize = 0;
export let readBackwardRaw: usize = 0, readBackwardLogs: usize = 0;
/** A carry, the gradients of a state: it begins with that of the memory. Offsets in it. */
export let carryBytes: usize = 0;
export let carryAlong: usize = 0, carryWriteWeights: usize = 0, carryReadWeights: usize = 0;
export let carryUsage: usize = 0, carryPrecedence: usize = 0, carryLink: usize = 0;

/** Addresses of scratch memory: gradients over slots, and others. */
export let dContent: usize = 0, dProduct: usize = 0, dAllocation: usize = 0, dForward: usize = 0, dBackward: usize = 0;
export let dSeen: usize = 0, dWeightsNow: usize = 0, dLengths: usize = 0, dRetention: usize = 0;
/** The memory as de-allocation leaves it. */
export let keptMemory: usize = 0;
export let zeros: usize = 0, turns: usize = 0, turnedGradient: usize = 0, sorting: usize = 0, headScratch: usize = 0;

/** A write head's part of a record. */
// @ts-ignore: decorator
@inline export function writeHead(record: usize, head: i32): usize {
  return record + writeHeads + <usize>head * writeHeadBytes;
}

// @ts-ignore: decorator
@inline export function readHead(record: usize, head: i32): usize {
  return record + readHeads + <usize>head * readHeadBytes;
}
