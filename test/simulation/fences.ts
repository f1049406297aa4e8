/** Nothing that a fenced evaluator does is seen: once a newer one serves the folder, files change only through it. */

import type { Change } from "./disk.ts";

/** The folder's own bookkeeping is written by whoever comes. */
const bookkeeping = /^\/runs\/\./;
/** A number that an older evaluator claims is told to nobody, and skipped by the next claim. */
const claim = /^\/runs\/[^/]+\/epochs\/\d+$/;
const generationFile = /^\/runs\/\.generation-(\d+)$/;

export class Fences {
  private readonly fail: (what: string) => void;
  /** By process. */
  private readonly generations = new Map<string, number>();
  /** Of the newest evaluator that serves. */
  private serving = 0;
  /** Who put a file in its place last: what is added to one that an older evaluator put there may not be read. */
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
    // On a full disk a newer evaluator reads lines where they are, and replaces the file before it adds any.
    if (change === "write" && placedBy <= generation) return;
    this.fail(
      `${process} of generation ${generation}: ${change} ${path}, though generation ${this.serving} serves the folder`,
    );
  }
}
