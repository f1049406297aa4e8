/** Bounds on what is sent. */

/** The version of the protocol; a message of another one is refused by name. */
export const protocolVersion = 2;

/** Larger bodies are announced and pulled: well below the 1 MiB that any NATS server takes by default. */
export const bodyBytesMax = 512 * 1024;

/** Bytes of one pulled range: small enough that heartbeats between two ranges are not held up. */
export const rangeBytesMax = 256 * 1024;

/** Characters of a message to people; longer ones are cut where they are sent. */
export const textMax = 4096;

/** Headers are short; the longest is an assignment to many trainers. */
export const headerBytesMax = 256 * 1024;

/** The largest message: what a server must let through. */
export const messageBytesMax = 4 + headerBytesMax + bodyBytesMax;

/** Micro-batches of one request: enough that requests are few beside gradients, few enough to be made in some ms. */
export const batchesMax = 64;

/** The largest blob that is ever pulled: a checkpoint of some hundred million parameters. */
export const blobBytesMax = 2 ** 31 - 1;
