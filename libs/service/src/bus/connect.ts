/** The NATS library's connect, in a file of its own to be loaded late: as CommonJS, its names are known to imports alone. */

export { connect } from "@nats-io/transport-node";
