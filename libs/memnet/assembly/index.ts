/** What the engine calls and the layout that it sets, and how gradients are added and a step is taken. */

export { addTo, isFinite } from "./add";
export { apply, constantsEnd } from "./math";
export { evaluate, gradient, takeParameters, trace } from "./network";
export * from "./plan";
export { adam, clipElements, meanOf, rmsprop, rmspropMomentum, scaleBy } from "./update";
