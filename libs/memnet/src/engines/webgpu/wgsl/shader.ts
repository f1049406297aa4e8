/**
 * How a kernel's text comes together. A kernel is a list of stages: within one each lane works for itself, between two
 * all lanes wait for each other. Pieces that need nothing of each other share their stages.
 */

export type Stages = readonly string[];

/** The arrays that the lanes of one sequence share, by name with their lengths, and functions over them. */
export class Shader {
  readonly arrays = new Map<string, number>();
  private readonly functions = new Map<string, string>();
  /** Of the workgroup. */
  readonly lanes: number;

  constructor(lanes: number) {
    this.lanes = lanes;
  }

  share(name: string, length: number): void {
    this.arrays.set(name, Math.max(length, this.arrays.get(name) ?? 0));
  }

  define(name: string, text: string): void {
    this.functions.set(name, text);
  }

  get definitions(): string {
    return [...this.functions.values()].join("\n");
  }
}

/** `body` for each `index` below `count`, the lanes taking turns. */
export function each(index: string, count: string, body: string): string {
  return `for (var ${index} = lane; ${index} < ${count}; ${index} += lanes) { ${body} }`;
}

/** Side by side: the first stages of all, then the second ones. */
export function together(...pieces: readonly Stages[]): Stages {
  const length = Math.max(...pieces.map((stages) => stages.length));
  return Array.from({ length }, (_, place) => pieces.map((stages) => stages[place] ?? "").join("\n"));
}

/** One after the other, the last stage of each beside the first of the next: where neither needs the other. */
export function overlapping(...pieces: readonly Stages[]): Stages {
  return pieces.reduce((before, next) => [
    ...before.slice(0, -1),
    ...together(before.slice(-1), next.slice(0, 1)),
    ...next.slice(1),
  ]);
}

export function text(stages: Stages): string {
  return stages.join("\nbarrier();\n");
}
