/** What the engine calls, and what a step's update does. */

export { apply, constantsEnd } from "./math";
export { evaluate, forward, gradient, takeParameters } from "./network";
export { configure } from "./plan";
export { adam, meanOf, rmsprop, scaleBy } from "./update";
