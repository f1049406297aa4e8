/** What crosses the wire: subjects, schemas, codec. */

export { decode, encode, floatsOf, type Message, type MessageType } from "./codec.ts";
export { ProtocolError, type ProtocolErrorCode, RefusedError } from "./errors.ts";
export { hashOf } from "./hash.ts";
export { batchesMax, blobBytesMax, bodyBytesMax, protocolVersion, rangeBytesMax, textMax } from "./limits.ts";
export type {
  BlobRef,
  Fields,
  Refusal,
  Role,
  RunFields,
  RunFigures,
  RunState,
  RunSummary,
  WireNode,
} from "./messages.ts";
export * as messages from "./messages.ts";
export { isUnderWay, treeNode, wireNode } from "./messages.ts";
export { newRunName } from "./naming.ts";
export { type NumberBytes, type PackedNumbers, packNumbers, unpackNumbers } from "./numbers.ts";
export { actorId, runName, subjects } from "./subjects.ts";
