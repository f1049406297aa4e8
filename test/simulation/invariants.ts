/** Checks what must hold at every moment, whatever fails. */

import { decode, messages, subjects } from "@memnet/protocol";
import { checkpointPath, readRun, runPaths } from "@memnet/runs";
import type { Disk } from "@memnet/service";
import { decodeCheckpoint, parametersHash } from "memnet";
import { root, runName } from "./actors.ts";
import type { Change, SimulatedDisk } from "./disk.ts";
import { Fences } from "./fences.ts";
import type { Watcher } from "./network.ts";
import type { Process } from "./process.ts";
import type { Scenario, ScenarioStep } from "./scenarios.ts";

const paths = runPaths(root, runName);
const checkpointFile = /\/checkpoints\/\d+\.safetensors$/;
const { step: stepSubject } = subjects.run(runName);

type Line = Readonly<Record<string, unknown>>;

export class Invariants implements Watcher {
  /** The invariants that were violated. */
  readonly broken: string[] = [];
  /** The newest epoch that was granted, and the step that it resumed from. */
  private granted = { epoch: 0, step: 0, coordinator: "" };
  /** The newest step that was acknowledged. */
  private acknowledged = -1;
  /** The step that satisfied `--until`; later steps are discarded. */
  private wanted = Number.POSITIVE_INFINITY;
  /** Steps before which the run goes back since results are in doubt. */
  private readonly doubted = new Set<number>();
  private readonly fences = new Fences((what) => this.fail(what));
  private readonly reference: readonly ScenarioStep[];
  private readonly disk: SimulatedDisk;
  private readonly lastStep: number;

  constructor({ steps, lastStep }: Scenario, disk: SimulatedDisk) {
    this.reference = steps;
    this.lastStep = lastStep;
    this.disk = disk;
  }

  published(_from: Process, subject: string, data: Uint8Array): void {
    if (subject === subjects.evaluator.doubt) {
      const { before } = decode(messages.doubt, data).fields;
      if (before !== null) {
        this.doubted.add(before);
        this.acknowledged = Math.min(this.acknowledged, before - 1);
      }
    }
    if (subject === subjects.evaluator.open) {
      const { before } = decode(messages.open, data).fields;
      if (before !== null && !this.doubted.has(before)) this.wanted = Math.min(this.wanted, before - 1);
      this.acknowledged = Math.min(this.acknowledged, this.wanted);
    }
    if (subject !== stepSubject) return;
    const { step, epoch, hash } = decode(messages.step, data).fields;
    const { parametersHash } = this.reference[step - 1]!;
    if (hash !== parametersHash) this.fail(`Step ${step} of epoch ${epoch} begins with other parameters`);
  }

  answered(from: Process, subject: string, data: Uint8Array, answer: Uint8Array): void {
    if (subject === subjects.evaluator.snapshot) this.snapshotAnswered(from, data, answer);
    if (subject === subjects.evaluator.open) this.openAnswered(data, answer);
  }

  /** An evaluator has taken the folder, so earlier ones are fenced. */
  serves(process: Process): void {
    this.fences.serves(process.id);
  }

  /** An evaluator's process has changed what a path leads to. */
  changed(process: Process, change: Change, path: string): void {
    this.fences.changed(process.id, change, path);
    if (change === "take" && checkpointFile.test(path)) this.checkNames(`${process.id} takes ${path}`);
  }

  /** Checks that the newest acknowledged checkpoint is never removed. */
  private checkNames(when: string): void {
    if (this.acknowledged >= 0 && this.lasting().length === 0) {
      this.fail(`${when}: step ${this.acknowledged} is acknowledged, and no such checkpoint would last`);
    }
  }

  /** Checks that everything acknowledged would survive a crash now. */
  checkDurable(when: string): void {
    if (this.acknowledged < 0) return;
    this.checkNames(when);
    const durable = this.disk.durable();
    for (const step of this.lasting()) {
      for (const file of durable.readings(checkpointPath(paths, step))) {
        const parameters = hashOrDamage(file);
        if (parameters !== this.reference[step]?.parametersHash) {
          this.fail(`${when}: the checkpoint of step ${step} would last as ${parameters}`);
        }
      }
    }
    this.checkLines(when, this.acknowledged);
  }

  /** Reports whether this coordinator was granted the newest epoch. */
  holds({ id }: Process): boolean {
    return this.granted.coordinator === id;
  }

  /** The run has ended at this step. */
  ended(step: number): void {
    const when = "at the end";
    if (step !== this.lastStep) this.fail(`The run ended at step ${step}, it must be ${this.lastStep}`);
    if (this.acknowledged < step) this.fail(`The run ended at step ${step} before that was acknowledged`);
    this.checkDurable(when);
    this.checkEvaluations(when, this.checkLines(when, step), step);
  }

  /** Checks what a reader finds after the run has ended and the machine has then crashed. */
  async checkRead(disk: Disk): Promise<void> {
    const when = "read after the end and a crash";
    const { state, checkpoints, lines } = await readRun(disk, root, runName);
    if (state.state !== "ended") this.fail(`${when}: the run's state is ${state.state}, it must be ended`);
    const kept = checkpoints.map(({ step }) => step);
    if (kept.at(-1) !== this.lastStep)
      this.fail(`${when}: the last checkpoint must be ${this.lastStep}, there are ${kept.join(", ")}`);
    this.checkRecords(when, lines, this.lastStep);
    this.checkEvaluations(when, lines, this.lastStep);
  }

  /** Checks that each evaluation due up to the step is recorded once, with the right figures. */
  private checkEvaluations(when: string, lines: readonly Line[], step: number): void {
    const measured = lines.filter(({ kind, split }) => kind === "evaluation" && split === "validation");
    const due = this.reference
      .slice(0, step + 1)
      .flatMap(({ figures }, at) => (figures ? [`${at}: ${figures.loss}`] : []));
    const seen = measured.map((line) => `${line.step}: ${line.loss}`);
    if (seen.join() !== due.join())
      this.fail(`${when}: the evaluations must be ${due.join(", ")}, got ${seen.join(", ")}`);
  }

  /** The checkpoints from the newest acknowledged one on that would survive a crash now. */
  private lasting(): number[] {
    return this.disk
      .durable()
      .names(paths.checkpoints)
      .map((name) => Number(/^(\d+)\.safetensors$/.exec(name)?.[1] ?? -1))
      .filter((step) => step >= this.acknowledged);
  }

  private snapshotAnswered(from: Process, data: Uint8Array, answer: Uint8Array): void {
    if (!decode(messages.done, answer).fields.ok) return;
    const { step, epoch, checkpoint } = decode(messages.snapshot, data).fields;
    if (checkpoint.hash !== this.reference[step]?.file)
      this.fail(`Another file of step ${step} is acknowledged`);
    if (epoch < this.granted.epoch && step > this.granted.step) {
      this.fail(
        `${from.id} acknowledges step ${step} of epoch ${epoch}, ` +
          `though epoch ${this.granted.epoch} continues from step ${this.granted.step}`,
      );
    }
    this.acknowledged = Math.max(this.acknowledged, Math.min(step, this.wanted));
    this.checkDurable(`${from.id} acknowledges step ${step}`);
  }

  private openAnswered(data: Uint8Array, answer: Uint8Array): void {
    const { fields } = decode(messages.opened, answer);
    if (!fields.ok) return;
    const { epoch, checkpoint } = fields;
    const step = checkpoint?.step ?? 0;
    if (epoch <= this.granted.epoch) return;
    const { coordinator } = decode(messages.open, data).fields;
    this.granted = { epoch, step, coordinator };
    if (step < this.acknowledged) {
      this.fail(`Epoch ${epoch} continues from step ${step}, though ${this.acknowledged} is acknowledged`);
    }
    if (!checkpoint) return;
    // The snapshot's acknowledgement was lost, but the coordinator learns here that it is stored.
    this.acknowledged = Math.max(this.acknowledged, Math.min(step, this.wanted));
    this.checkDurable(`epoch ${epoch} is granted from step ${step}`);
  }

  /** Checks that metrics.jsonl has every step up to this one once, in order, with the right loss. */
  private checkLines(when: string, least: number): Line[] {
    const files = this.disk.durable().readings(paths.metrics);
    const found = files.map((file) => linesOf(file ?? new Uint8Array(0)));
    for (const lines of found) this.checkRecords(when, lines, least);
    return found.at(-1) ?? [];
  }

  private checkRecords(when: string, lines: readonly Line[], least: number): void {
    const steps = lines.filter(({ kind }) => kind === "step");
    steps.forEach(({ step, loss }, index) => {
      if (step !== index + 1) this.fail(`${when}: step ${index + 1} of metrics.jsonl is ${step}`);
      else if (loss !== this.reference[index + 1]?.loss)
        this.fail(`${when}: step ${step} has the loss ${loss}`);
    });
    if (steps.length < least)
      this.fail(`${when}: metrics.jsonl has ${steps.length} steps, ${least} are acknowledged`);
    for (const { kind, step, sha256 } of lines) {
      if (kind === "checkpoint" && sha256 !== this.reference[Number(step)]?.parametersHash) {
        this.fail(`${when}: the line of checkpoint ${step} has the hash ${sha256}`);
      }
    }
  }

  private fail(what: string): void {
    this.broken.push(what);
  }
}

/** Reads lines up to the first that a crash has torn; that one and those after it were not acknowledged. */
function linesOf(file: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (const text of new TextDecoder().decode(file).split("\n").slice(0, -1)) {
    try {
      lines.push(JSON.parse(text));
    } catch {
      break;
    }
  }
  return lines;
}

function hashOrDamage(file: Uint8Array | undefined): string {
  if (!file) return "nothing certain";
  try {
    return parametersHash(decodeCheckpoint(file).parameters);
  } catch (error) {
    return `a damaged file: ${(error as Error).message}`;
  }
}
