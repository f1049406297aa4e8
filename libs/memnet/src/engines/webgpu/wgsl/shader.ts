/**
 * The language that kernels are written in, which `assemble.ts` translates to WGSL.
 *
 * A kernel is a list of stages. Within a stage each lane works alone; between two stages all lanes wait at a barrier.
 * Independent pieces share stages, and so barriers. Beside plain WGSL a stage has:
 *
 * - `forEach (i < count) { … }`: the lanes take turns.
 * - `forEach (at of writeHeads) { … }`, or `readHeads`: each slot `n` of each `head` of a kind. Arrays over heads hold
 *   write heads first, so `at` is head × slots + n.
 * - `forEach (place of links) { … }`: each element of the link matrices, from slot `back` to slot `to`.
 * - `before.NAME[i]`, `after.NAME[i]`: a float of the record of the time before or of this time. A store to a field
 *   that records lack is left out. `slope.NAME[i]`: a gradient that the kernels' products need.
 */

import type { ModelConfig } from "../../../config/model.ts";
import { partsOf } from "./constants.ts";

export type Stages = readonly string[];

/** The heads of one kind, which work side by side. */
export type Heads = "writeHeads" | "readHeads";

/** Groups of terms, one sum for each. */
export interface Groups {
  /** WGSL: the first group, and how many there are. */
  readonly first: string;
  readonly count: string;
  /** The number of the last group plus one. */
  readonly room: number;
}

/** The arrays that the lanes of one sequence share, and functions over them. */
export class Shader<Model extends ModelConfig = ModelConfig> {
  readonly model: Model;
  /** Lanes of the workgroup. */
  readonly lanes: number;
  /** Shared arrays by name, with their lengths. */
  readonly arrays = new Map<string, number>();
  private readonly functions = new Map<string, string>();

  constructor(model: Model, lanes: number) {
    this.model = model;
    this.lanes = lanes;
  }

  share(lengths: Readonly<Record<string, number>>): void {
    for (const [name, length] of Object.entries(lengths)) {
      this.arrays.set(name, Math.max(length, this.arrays.get(name) ?? 0));
    }
  }

  define(name: string, text: string): void {
    this.functions.set(name, text);
  }

  get definitions(): string {
    return [...this.functions.values()].join("\n");
  }

  /** One group for each of these heads, or for each pair of a head and an index below `times`, the head first. */
  perHead(heads: Heads, times?: "width" | "shifts"): Groups {
    const { first, count } = headRange(heads);
    const { reads, writes } = this.model;
    const room = heads === "writeHeads" ? writes : writes + reads;
    if (times === undefined) return { first, count, room };
    const each = (this.model as Readonly<Record<string, unknown>>)[times] as number;
    return { first: `${first} * ${times}`, count: `${count} * ${times}`, room: room * each };
  }

  /**
   * A stage that adds up one term for each slot, as one or several sums. Behind the next barrier `NAME_total(group)` is
   * a group's sum.
   *
   * @param terms for each sum an expression in `group`, `n` and `at`, which is group × slots + n
   */
  sums(groups: Groups, terms: Readonly<Record<string, string>>): string {
    return this.reduced(groups, terms, "total", "0.0", (sum, term) => `${sum} += ${term}`);
  }

  /** The largest term of each group likewise: `NAME_most(group)`. */
  largest(groups: Groups, terms: Readonly<Record<string, string>>): string {
    return this.reduced(groups, terms, "most", "-3.4e38", (most, term) => `${most} = max(${most}, ${term})`);
  }

  /** Reduces in parts, and each lane that needs a result reduces these: one barrier instead of log₂. */
  private reduced(
    { first, count, room }: Groups,
    terms: Readonly<Record<string, string>>,
    result: "total" | "most",
    start: string,
    take: (into: string, term: string) => string,
  ): string {
    const stages = Object.entries(terms).map(([name, term]) => {
      this.share({ [name]: room * partsOf(this.model) });
      this.define(
        name,
        `fn ${name}_${result}(group: u32) -> f32 {
  var sum = ${start};
  for (var part = 0u; part < parts; part++) { ${take("sum", `${name}[group * parts + part]`)}; }
  return sum;
}`,
      );
      return `forEach (job < (${count}) * parts) {
  let group = ${first} + job / parts;
  var sum = ${start};
  for (var n = job % parts; n < slots; n += parts) { ${take("sum", term.replaceAll(/\bat\b/g, "group * slots + n"))}; }
  ${name}[group * parts + job % parts] = sum;
}`;
    });
    return stages.join("\n");
  }
}

/** WGSL: the first of these heads among all heads, and how many there are. */
export function headRange(heads: Heads): { readonly first: string; readonly count: string } {
  return heads === "writeHeads" ? { first: "0u", count: "writes" } : { first: "writes", count: "reads" };
}

/** Side by side: the first stages of all pieces, then the second ones. */
export function together(...pieces: readonly (string | Stages)[]): Stages {
  const all = pieces.map((piece) => (typeof piece === "string" ? [piece] : piece));
  const length = Math.max(...all.map((stages) => stages.length));
  return Array.from({ length }, (_, stage) => all.map((stages) => stages[stage] ?? "").join("\n"));
}

/** One after another, with the last stage of each beside the first of the next: neither may need the other. */
export function overlapping(...pieces: readonly Stages[]): Stages {
  return pieces.reduce((before, next) => [
    ...before.slice(0, -1),
    ...together(before.slice(-1), next.slice(0, 1)),
    ...next.slice(1),
  ]);
}
