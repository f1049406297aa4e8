/** The two kernels that go through time: a workgroup for each sequence, whose state its lanes share. */

import type { ModelConfig } from "../../../config/model.ts";
import { interfaceWidth } from "../../../interface-vector.ts";
import { controllerBackward, controllerForward, stateBackward } from "./controller.ts";
import {
  dncBackward,
  dncBackwardInitial,
  dncFields,
  dncForward,
  dncHeld,
  dncInitial,
  dncSlopes,
} from "./dnc/access.ts";
import { fieldsAt } from "./heads.ts";
import type { Span } from "./held.ts";
import { lossForward } from "./loss.ts";
import { ntmBackward, ntmFields, ntmForward, ntmHeld, ntmInitial, ntmSlopes } from "./ntm/access.ts";
import { each, Shader, type Stages, text, together } from "./shader.ts";

/** A kernel's text, not yet linked: where its shared arrays and its records lie is decided afterwards. */
export interface Kernel {
  readonly arrays: ReadonlyMap<string, number>;
  readonly functions: string;
  readonly body: string;
  readonly lanes: number;
  /** What of its records is to be held where there is room. */
  readonly spans: readonly Span[];
}

/** @param keep whether each time's record is kept for the way back */
export function forwardKernel(model: ModelConfig, keep: boolean, lanes: number): Kernel {
  const shader = new Shader(lanes);
  const isNtm = model.model === "ntm";
  const access = model.model === "ntm" ? ntmForward(shader, model, keep) : dncForward(shader, model, keep);
  const initial = [
    isNtm ? ntmInitial : dncInitial(keep),
    each("j", "hidden", `cell[j] = 0.0; joined[inputs + reads * width + j] = 0.0; after.hidden[j] = 0.0;`),
    each("n", "slots", `norms[n] = sqrt(f32(width) * ${isNtm ? "1e-12" : "0.0"} + epsilon);`),
  ].join("\n");
  const keepInitial = [
    each("place", "reads * width", "after.reads[place] = joined[inputs + place];"),
    keep
      ? [
          each("j", "hidden", "after.cell[j] = 0.0;"),
          each("place", "width * slots", "after.memory[place] = memory[place];"),
          each("n", "slots", "after.norms[n] = norms[n];"),
          each("at", "heads * slots", "after.weights[at] = weights[at];"),
        ].join("\n")
      : "",
  ].join("\n");
  const takeInput = each("i", "inputs", "joined[i] = given[sizes.xAt + rowOf(time) * inputs + i];");
  const step: Stages = [takeInput, ...controllerForward(shader, model, keep), ...access];
  const body = `
  after = recordAt(0u);
  ${text([initial, keepInitial])}
  for (var time = 0u; time < sizes.times; time++) {
    before = recordAt(time);
    after = recordAt(time + 1u);
    ${text(step)}
  }
  // Lanes read the records of others.
  storageBarrier();
  ${lossForward(keep).join("\nstorageBarrier();\n")}`;
  return {
    arrays: shader.arrays,
    functions: `${fieldsAt}${isNtm ? ntmFields : dncFields}${shader.definitions}`,
    body,
    lanes,
    spans: [],
  };
}

export function backwardKernel(model: ModelConfig, lanes: number): Kernel {
  const shader = new Shader(lanes);
  shader.share("dFields", interfaceWidth(model));
  shader.share("dCell", model.hidden);
  const isNtm = model.model === "ntm";
  const state = together(["hold();"], stateBackward(shader, model));
  const access = model.model === "ntm" ? ntmBackward(shader, model) : dncBackward(shader, model);
  const controller = controllerBackward(shader, model);
  const initial = [
    each("place", "width * slots", "dMemory[place] = 0.0; recall(recordAt(sizes.times), place);"),
    each("n", "slots", "along[n] = 0.0;"),
    each("at", "heads * slots", "dWeights[at] = 0.0;"),
    each("j", "hidden", "dCell[j] = 0.0;"),
    each("j", "4u * hidden", "dGates[j] = 0.0;"),
    ...(isNtm ? [] : dncBackwardInitial),
  ].join("\n");
  const body = `
  ${initial}
  for (var past = 0u; past < sizes.times; past++) {
    let time = sizes.times - 1u - past;
    before = recordAt(time);
    after = recordAt(time + 1u);
    slope = slopeAt(time);
    barrier();
    ${text([...state, ...access, ...controller])}
  }`;
  const setSlope = `
fn setSlope(place: u32, value: f32) {
  dFields[place] = value;
  slope.fields[place] = value;
}
`;
  return {
    arrays: shader.arrays,
    functions: `${fieldsAt}${setSlope}${isNtm ? ntmSlopes : dncSlopes}${shader.definitions}`,
    body,
    lanes,
    spans: isNtm ? ntmHeld : dncHeld,
  };
}
