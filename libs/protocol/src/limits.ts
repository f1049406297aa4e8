/** Limits on the size of messages. */

/** The version of the protocol. A message of another version is refused with the code VERSION. */
export const protocolVersion = 7;

/**
 * Larger bodies are announced and pulled. The limit is well below 1 MiB, the maximum message size of a NATS server by
 * default.
 */
export const bodyBytesMax = 512 * 1024;

/** Bytes per pulled range: small enough not to delay the heartbeats between two ranges. */
export const rangeBytesMax = 256 * 1024;

/**
 * Bytes of a step's parameters that are broadcast; each trainer pulls what lies beyond. A trainer that reads slowly has
 * them waiting for it in NATS, which cuts off a client at 64 MB.
 */
export const broadcastBytesMax = 16 * 1024 * 1024;

/** Characters of a human-readable text; the sender truncates longer ones. */
export const textMax = 4096;

/** Headers are short; the longest is an assignment to many trainers. */
export const headerBytesMax = 256 * 1024;

/**
 * The header of a kind that has no lists: a text of `textMax` characters takes at most 12 kB. A longer one is refused
 * before it is unpacked.
 */
export const smallHeaderBytesMax = 16 * 1024;

/** Micro-batches of a step, as libs/memnet admits them: one trainer names the hash of each in one header. */
export const microBatchesMax = 2048;

/** Nodes of a step's reduction tree. */
export const nodesMax = 2 * microBatchesMax;

/** The most steps for which an assignment may be expected to hold; coordinators say 16. */
export const aheadMax = 256;

/** The largest size of a task, as libs/memnet admits it, and how many settings a task may have. */
export const taskSizeMax = 1_000_000;
export const taskSettingsMax = 64;

/** How deep values without a schema may be nested, such as configurations and events; memnet's own have 5 levels. */
export const depthMax = 32;

/** The largest message, which a NATS server must accept. */
export const messageBytesMax = 4 + headerBytesMax + bodyBytesMax;

/**
 * Micro-batches per request: enough that there are few requests compared to gradients, few enough to be made in a few
 * milliseconds.
 */
export const batchesMax = 64;

/** How many participants of a run are excluded, and how many are suspects; one that restarts has a new id. */
export const excludedMax = 256;

/** The largest blob that may be pulled: a checkpoint with some hundred million parameters. */
export const blobBytesMax = 2 ** 31 - 1;

/** The most points of a sweep and seeds of each point, since one command configures all their runs before the first. */
export const sweepPointsMax = 1000;
export const sweepSeedsMax = 1000;

/** How many names of sweeps are listed. */
export const sweepsMax = 1000;

/** How many standings of runs fit one message: some 300 bytes each, of 256 kB. */
export const standingsMax = 400;

/** How many points of a curve fit one message; the newest of more are sent. */
export const curvePointsMax = 8192;
