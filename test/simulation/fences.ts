/** Checks that a fenced evaluator changes nothing: once a newer one serves the folder, files change only through it. */

import type { Change } from "./disk.ts";

/** Any evaluator may write the folder's own bookkeeping. */
const bookkeeping = /^\/runs\/\./;
/** A number that an older evaluator claims is sent to no actor, and the next claim skips it. */
const claim = /^\/runs\/[^/]+\/epochs\/\d+$/;
const generationFile = /^\/runs\/\.generation-(\d+)$/;

export class Fences {
  private readonly fail: (what: string) => void;
  /** Generations by process. */
  private readonly generations = new Map<string, number>();
  /** The generation of the newest evaluator that serves. */
  private serving = 0;
  /** The generation that last put each file in place. Lines added to a file of an older evaluator may never be read. */
  private readonly placedBy = new Map<string, number>();

  constructor(fail: (what: string) => void) {
    this.fail = fail;
  }

  serves(process: string): void {
    this.serving = Math.max(this.serving, this.generations.get(process) ?? 0);
  }

  changed(process: string, change: Change, path: string): void {
    const taken = generationFile.exec(path)?.[1];
    if (taken !== undefined && change === "create") this.generations.set(process, Number(taken));
    if (bookkeeping.test(path)) return;
    const generation = this.generations.get(process) ?? 0;
    const placedBy = this.placedBy.get(path) ?? 0;
    if (change === "place") this.placedBy.set(path, generation);
    if (generation >= this.serving || claim.test(path)) return;
    // On a full disk a newer evaluator reads the lines in place, and replaces the file before it adds any.
    if (change === "write" && placedBy <= generation) return;
    this.fail(
      `${process} of generation ${generation}: ${change} ${path}, though generation ${this.serving} serves the folder`,
    );
  }
}
