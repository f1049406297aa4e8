/** Stores a snapshot: its records, then its checkpoint, then acknowledges it. */

import { type Fields, type messages, ProtocolError, RefusedError } from "@memnet/protocol";
import { checkpointLine, eventLine, missingRecords, textOf } from "@memnet/runs";
import { parametersHash } from "memnet";
import { type Context, inRun, noteError, unlessFenced } from "./context.ts";
import { refusalOf } from "./errors.ts";
import { thin } from "./evaluations.ts";
import { type SnapshotLimits, snapshotLimits } from "./limits.ts";
import type { RunFolder } from "./run-folder.ts";
import { isUnusable } from "./survey.ts";

type Snapshot = Fields<typeof messages.snapshot>;

export class Snapshots {
  private readonly context: Context;
  /** Snapshots being stored, so that a repeated request shares the work; bounded by the runs' intake queues. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(context: Context) {
    this.context = context;
  }

  /**
   * Stores a snapshot.
   *
   * @throws RefusedError EPOCH, SIZE, GONE, CHECKPOINT, RECORDS, MISMATCH, DISK, BUSY
   */
  async keep(snapshot: Snapshot): Promise<void> {
    const { run, epoch, step, checkpoint, records } = snapshot;
    const key = [run, epoch, step, checkpoint.hash, records.hash].join();
    const under = this.underWay.get(key);
    if (under) return under;
    const work = this.counted(snapshot).finally(() => this.underWay.delete(key));
    this.underWay.set(key, work);
    return work;
  }

  private async counted(snapshot: Snapshot): Promise<void> {
    const { metrics, actor } = this.context;
    const began = actor.clock.now();
    const what = `keep step ${snapshot.step} of run ${snapshot.run}`;
    try {
      await unlessFenced(this.context, () =>
        inRun(this.context, snapshot, (run) => this.takeIn(run, snapshot), "intake"),
      );
      this.context.diskError = null;
      metrics.snapshotSeconds.observe((actor.clock.now() - began) / 1000);
    } catch (error) {
      noteError(this.context, what, error);
      const refusal = refusalOf(error, what);
      metrics.snapshotFailed(refusal instanceof RefusedError ? refusal.code : "INTERNAL");
      throw refusal;
    }
    this.context.wake();
  }

  private async takeIn(run: RunFolder, snapshot: Snapshot): Promise<void> {
    const { step, checkpoint } = snapshot;
    const kept = run.index.checkpoints.has(step) && (await run.fileHash(step)) === checkpoint.hash;
    if (kept) return;
    // Give up at a newer epoch: the coordinator may be gone, so that the pull is never answered and holds up the next
    // one's.
    const pulled = await unlessAborted(run.superseded, this.pullBoth(snapshot, snapshotLimits(run, step)));
    await inRun(this.context, snapshot, () => {
      const [bytes, records] = pulled!;
      const parametersHash = this.parametersHashOf(run, step, bytes);
      return this.write(run, snapshot, { bytes, records: textOf(records), parametersHash });
    });
  }

  private async write(
    run: RunFolder,
    { step, checkpoint }: Snapshot,
    { bytes, records, parametersHash }: { bytes: Uint8Array; records: string; parametersHash: string },
  ): Promise<void> {
    const { folder, metrics, actor } = this.context;
    await run.settle();
    const known = run.index.checkpoints.get(step);
    const there = await run.fileHash(step);
    if ((known ?? parametersHash) !== parametersHash || (there ?? checkpoint.hash) !== checkpoint.hash) {
      return this.mismatch(run, step, known, parametersHash);
    }
    // The step was stored and has since been thinned out; it need not be stored again.
    if (known !== undefined) return;
    await run.addLines(missingRecords(records, run.lastRecord, step));
    // Write it even if the file exists: without its line nothing guarantees that it is durable.
    await run.writeCheckpoint(step, bytes);
    await run.addLines([checkpointLine(step, parametersHash)]);
    await folder.check();
    metrics.written(run.name, bytes.length);
    actor.messenger.blobs.withdraw(`checkpoint:${run.name}`);
    try {
      await thin(run);
    } catch (error) {
      // The step is stored; superfluous checkpoints are removed after the next one.
      noteError(this.context, `thin out the checkpoints of run ${run.name}`, error);
    }
  }

  private async mismatch(
    run: RunFolder,
    step: number,
    known: string | undefined,
    got: string,
  ): Promise<never> {
    const { actor } = this.context;
    const event = { event: "alarm", alarm: "snapshot-mismatch", step, kept: known ?? null, got };
    actor.log.error("Another snapshot of a step that is kept", { run: run.name, ...event });
    await run.addLines([eventLine(actor.clock.wall(), event)]);
    throw new RefusedError(
      "MISMATCH",
      `Cannot keep step ${step} of run ${run.name}: its parameters must be ${known ?? "those of its file"}, got ${got}`,
    );
  }

  private parametersHashOf(run: RunFolder, step: number, bytes: Uint8Array): string {
    try {
      return parametersHash(run.checked(step, bytes).parameters);
    } catch (error) {
      if (isUnusable(error)) throw new RefusedError("CHECKPOINT", error.message);
      throw error;
    }
  }

  private async pullBoth(
    snapshot: Snapshot,
    limits: SnapshotLimits,
  ): Promise<[checkpoint: Uint8Array, records: Uint8Array]> {
    return [await this.pull(snapshot, "checkpoint", limits), await this.pull(snapshot, "records", limits)];
  }

  private async pull(
    snapshot: Snapshot,
    part: "checkpoint" | "records",
    limits: SnapshotLimits,
  ): Promise<Uint8Array> {
    const { messenger } = this.context.actor;
    try {
      return await messenger.pull(snapshot[part], "coordinator", limits[part]);
    } catch (error) {
      if (error instanceof ProtocolError && error.code === "SIZE")
        throw new RefusedError("SIZE", `Cannot take the ${part} of step ${snapshot.step}: ${error.message}`);
      const expected = error instanceof RefusedError || error instanceof ProtocolError;
      const code = expected ? error.code : (error as { code?: string }).code;
      if (!code) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new RefusedError("GONE", `Cannot pull the ${part} of step ${snapshot.step}: ${why}`);
    }
  }
}

/** Resolves to undefined once the signal aborts; the work continues, but its result is dropped. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
