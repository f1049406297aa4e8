/** What the engine calls. */

export { apply } from "./math";
export { evaluate, forward, gradient, takeParameters } from "./network";
export { configure } from "./plan";
