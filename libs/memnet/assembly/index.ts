/** The functions and globals that the host uses: the engine, its layout, adding gradients, and taking a step. */

export { addTo, isFinite } from "./add";
export { apply, constantsEnd } from "./math";
export { evaluate, gradient, packParameters, predict, trace } from "./network";
export * from "./plan";
export { adam, clipElements, meanOf, rmsprop, rmspropMomentum, scaleBy } from "./update";
