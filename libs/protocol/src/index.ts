/** The wire protocol: subjects, schemas and codec. */

export { decode, encode, floatsOf, type MessageType } from "./codec.ts";
export { ProtocolError, RefusedError } from "./errors.ts";
export { hashOf } from "./hash.ts";
export {
  batchesMax,
  blobBytesMax,
  bodyBytesMax,
  broadcastBytesMax,
  curvePointsMax,
  excludedMax,
  messageBytesMax,
  protocolVersion,
  rangeBytesMax,
  standingsMax,
  sweepPointsMax,
  sweepSeedsMax,
  sweepsMax,
  textMax,
} from "./limits.ts";
export type {
  BlobRef,
  Exclusion,
  Fields,
  Refusal,
  RunFields,
  RunFigures,
  RunState,
  RunSummary,
  SweepRecord,
  SweepRunStanding,
  WireNode,
} from "./messages.ts";
export * as messages from "./messages.ts";
export { isUnderWay, treeNode, type WireBranch, wireBranch, wireNode } from "./messages.ts";
export { machineCharactersMax, newRunName, seedRunName } from "./naming.ts";
export { type NumberBytes, type PackedNumbers, packNumbers, unpackNumbers } from "./numbers.ts";
export { Packet } from "./packet.ts";
export {
  covers,
  isForAll,
  type QueueKind,
  queueKinds,
  queueStream,
  type Role,
  roles,
  runName,
  subjects,
} from "./subjects.ts";
export { type Permissions, permissionsOf, traffic } from "./traffic.ts";
