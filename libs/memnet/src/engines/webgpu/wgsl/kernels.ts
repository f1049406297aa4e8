/** The two kernels that go through time, one workgroup a sequence. */

import type { ModelConfig } from "../../../config/model.ts";
import { interfaceWidth } from "../../../interface-vector.ts";
import { type Access, accessOf } from "./access.ts";
import type { Span } from "./cache.ts";
import { fieldsAt } from "./fields.ts";
import { controllerBackward, controllerForward, controllerOf } from "./layers.ts";
import { lossForward } from "./loss.ts";
import { Shader, type Stages, together } from "./shader.ts";

/** A kernel before `assemble` decides where its arrays and records lie. */
export interface Kernel {
  readonly model: ModelConfig;
  readonly lanes: number;
  readonly arrays: ReadonlyMap<string, number>;
  readonly functions: string;
  readonly body: string;
  /** The fields of its records that are cached if there is room. */
  readonly cached: readonly Span[];
}

export function forwardKernel(model: ModelConfig, lanes: number): Kernel {
  const shader = new Shader(model, lanes);
  const controller = controllerOf(model);
  const access = accessOf(model);
  const memory = access?.forward(shader) ?? [];
  const [memoryInitial, memoryStores] = access ? initialMemory(access) : ["", ""];
  const initial = [
    `${memoryInitial}
    forEach (j < hidden) { ${controller.initial} joined[inputs + reads * width + j] = 0.0; after.hidden[j] = 0.0; }
    ${access?.initial ?? ""}`,
    `${memoryStores}
    forEach (j < hidden) { ${controller.initialStore} }`,
  ];
  const input = "forEach (i < inputs) { joined[i] = given[sizes.xAt + rowOf(time) * inputs + i]; }";
  const body = `
  after = recordAt(0u);
  ${text(initial)}
  for (var time = 0u; time < sizes.times; time++) {
    before = recordAt(time);
    after = recordAt(time + 1u);
    ${text([input, ...controllerForward(shader), ...memory])}
  }
  // Lanes read each other's records.
  storageBarrier();
  ${lossForward(model).join("\nstorageBarrier();\n")}`;
  return {
    model,
    lanes,
    arrays: shader.arrays,
    functions: `${fieldsAt}${access?.fields ?? ""}${shader.definitions}`,
    body,
    cached: [],
  };
}

/** The memory and the reads at first, and stores of them, a stage each. */
function initialMemory(access: Access<ModelConfig>): readonly [initial: string, stores: string] {
  return [
    `forEach (place < width * slots) { memory[place] = ${access.initialMemory}; }
    forEach (place < reads * width) { joined[inputs + place] = ${access.initialMemory}; }
    forEach (n < slots) { norms[n] = sqrt(${access.initialMemory} * ${access.initialMemory} * f32(width) + epsilon); }`,
    `forEach (place < reads * width) { after.reads[place] = joined[inputs + place]; }
    forEach (place < width * slots) { after.memory[place] = memory[place]; }
    forEach (n < slots) { after.norms[n] = norms[n]; }
    forEach (at < heads * slots) { after.weights[at] = weights[at]; }`,
  ];
}

export function backwardKernel(model: ModelConfig, lanes: number): Kernel {
  const shader = new Shader(model, lanes);
  const controller = controllerOf(model);
  const access = accessOf(model);
  controller.backwardShare(shader);
  if (access) shader.share({ dFields: interfaceWidth(model) });
  const body = `
  ${access ? memoryBackwardInitial : ""}
  ${controller.backwardInitial}
  forEach (j < ${controller.gates * model.hidden}u) { dGates[j] = 0.0; }
  ${access?.backwardInitial ?? ""}
  for (var past = 0u; past < sizes.times; past++) {
    let time = sizes.times - 1u - past;
    before = recordAt(time);
    after = recordAt(time + 1u);
    slope = slopeAt(time);
    barrier();
    ${text([
      ...together("fillCache();", controller.stateBackward(shader)),
      ...(access?.backward(shader) ?? []),
      ...controllerBackward(shader),
    ])}
  }`;
  const setSlope = `
fn setSlope(place: u32, value: f32) {
  dFields[place] = value;
  slope.fields[place] = value;
}
`;
  return {
    model,
    lanes,
    arrays: shader.arrays,
    functions: `${fieldsAt}${access ? `${setSlope}${access.slopes}` : ""}${shader.definitions}`,
    body,
    cached: access?.cached ?? [],
  };
}

/** The gradient of the memory after the last time, and its copy in the cache. */
const memoryBackwardInitial = `forEach (place < width * slots) { dMemory[place] = 0.0; loadMemory(recordAt(sizes.times), place); }
  forEach (n < slots) { along[n] = 0.0; }
  forEach (at < heads * slots) { dWeights[at] = 0.0; }`;

function text(stages: Stages): string {
  return stages.join("\nbarrier();\n");
}
