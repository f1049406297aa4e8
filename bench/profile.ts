/** Adds up where a process spent its time, from the profiles that `node --cpu-prof` writes. Pure but for reading them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** Times are microseconds of the clock that process.hrtime() reads. */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const idle = "idle";

/**
 * What a coordinator does, and the functions and files that do it. A sample counts for the innermost function of its
 * stack that is listed; of two entries that match, the first counts.
 */
const works: readonly (readonly [work: string, where: RegExp])[] = [
  [idle, /^\(idle\)/],
  ["collecting garbage", /^\(garbage collector\)/],
  [
    "hashing",
    /libs\/protocol\/src\/hash\.ts|^(hashOf|hash) node:internal\/crypto|node:internal\/crypto\/hash/,
  ],
  ["checking that sums are finite", /^isFiniteSum /],
  ["aligning", /^floatsOf /],
  ["adding", /combiner\.ts|adder\.ts|^(addInto|combine) /],
  ["updating", /stepper\.ts|learner\.ts|optimizers\/|updater\.ts/],
  ["deciding", /coordinator\/src\/core\//],
  ["decoding", /msgpackr|zod|libs\/protocol\/src\//],
  ["sending", /^(publish|send|broadcast|writeGeneric|_write|writev|sendBuffered|flush)\w* /],
  [
    "receiving",
    /@nats-io|node:internal\/stream_base|node:net|node:internal\/streams|libs\/service\/src\/bus/,
  ],
  ["counting", /prom-client|metrics\.ts/],
];

/**
 * The share of each work in the time in which a process's threads worked, between two moments. A profile's times are of
 * the clock, also those in which another process had the processor; shares of them are those of processor time.
 */
export function sharesOf(profiles: readonly Profile[], fromUs: number, toUs: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const { nodes, startTime, samples, timeDeltas } of profiles) {
    const workOf = worksOf(nodes);
    let at = startTime;
    for (const [index, id] of samples.entries()) {
      const us = timeDeltas[index]!;
      at += us;
      const work = workOf.get(id)!;
      if (at < fromUs || at > toUs || work === idle) continue;
      times.set(work, (times.get(work) ?? 0) + us);
    }
  }
  const all = [...times.values()].reduce((sum, us) => sum + us, 0);
  return new Map([...times].sort(([, a], [, b]) => b - a).map(([work, us]) => [work, us / all]));
}

function worksOf(nodes: readonly ProfileNode[]): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map<number, string>();
  const visit = (id: number, above: string): void => {
    const { callFrame, children } = byId.get(id)!;
    const where = `${callFrame.functionName} ${callFrame.url}`;
    const work = works.find(([, pattern]) => pattern.test(where))?.[0] ?? above;
    found.set(id, work);
    for (const child of children ?? []) visit(child, work);
  };
  const [root] = nodes;
  if (root) visit(root.id, "the rest");
  return found;
}

/** The profiles of all threads of a process. */
export function profilesIn(folder: string): Profile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cpuprofile"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Profile);
}
