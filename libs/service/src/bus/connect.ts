/**
 * Re-exports the NATS library's `connect`, so that it can be loaded lazily.
 *
 * It needs a file of its own because the library is CommonJS, whose named exports only static imports can see.
 */

export { connect } from "@nats-io/transport-node";
