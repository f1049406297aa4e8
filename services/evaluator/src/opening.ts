/**
 * Opens a run for a coordinator: decides which run, whether the coordinator may have it, and from which step it
 * resumes.
 */

import { type Fields, type messages, newRunName, RefusedError } from "@memnet/protocol";
import {
  checkpointLine,
  differences,
  earlier,
  eventLine,
  irregularText,
  isIrregular,
  relaxedAfterOpen,
  type StoredConfig,
} from "@memnet/runs";
import {
  builtInTask,
  checkSizes,
  operationConfig,
  type TrainingConfig,
  trainingConfig,
  trainingHash,
} from "memnet";
import { type Context, note } from "./context.ts";
import { refreshBest } from "./evaluations.ts";
import { answers } from "./holder.ts";
import { startAnotherRun } from "./other-run.ts";
import type { RunFolder } from "./run-folder.ts";
import { quarantine, type Survey, surveyed } from "./survey.ts";

type OpenRequest = Fields<typeof messages.open>;
type Opened = Extract<Fields<typeof messages.opened>, { ok: true }>;
type GivenConfig = Pick<StoredConfig, "training" | "operation">;

/**
 * Opens a run. Must be called one at a time.
 *
 * @throws RefusedError CONFIG, HELD, NAME and those of the disk
 */
export async function openRun(context: Context, request: OpenRequest): Promise<Opened> {
  const given = checkedConfig(request);
  const { run, created } = await pick(context, request, given);
  return run.queue.do(() => take(context, run, request, given, created));
}

async function pick(context: Context, request: OpenRequest, given: GivenConfig) {
  if (request.run === null) {
    const found = await unfinished(context, request, trainingHash(given.training));
    if (found) return { run: found, created: false };
  } else {
    const found = await context.runs.find(request.run);
    if (found) return { run: found, created: false };
  }
  return { run: await create(context, request, given), created: true };
}

/** Returns the newest unfinished run of this training configuration that no other coordinator holds. */
async function unfinished(
  context: Context,
  request: OpenRequest,
  trainingHash: string,
): Promise<RunFolder | undefined> {
  const candidates = context.runs
    .all()
    .filter((run) => run.trainingHash === trainingHash)
    .sort((a, b) => (a.config.created > b.config.created ? -1 : 1));
  // A repeated request comes from a coordinator that already has its run but missed the answer.
  const own = candidates.find((run) => run.holder?.coordinator === request.coordinator);
  if (own || request.fresh) return own;
  for (const run of candidates) {
    if (run.state.state === "ended" || run.state.state === "failed") continue;
    if (!(await holderElsewhere(context, run, request.coordinator))) return run;
  }
  return undefined;
}

async function create(context: Context, request: OpenRequest, given: GivenConfig): Promise<RunFolder> {
  const { actor, folder, runs, versions } = context;
  const wall = actor.clock.wall();
  const taken = await folder.names();
  const name = request.run ?? newRunName(request.machine, wall, taken);
  if (taken.has(name)) {
    throw new RefusedError(
      "NAME",
      `Cannot make run ${name}: the runs folder has something else by that name`,
    );
  }
  const run = await runs.create(name, {
    ...given,
    fingerprint: null,
    relaxedFrom: null,
    versions,
    machine: request.machine,
    created: new Date(wall).toISOString(),
  });
  actor.log.info("Made a run", { run: name, machine: request.machine });
  return run;
}

/**
 * Grants a run. Must be called in the run's queue. All checks come before the claim; after it, nothing of an older
 * epoch is acknowledged.
 */
async function take(
  context: Context,
  run: RunFolder,
  request: OpenRequest,
  given: GivenConfig,
  created: boolean,
): Promise<Opened> {
  if (run.gone) throw new RefusedError("RUN", `Run ${run.name} was removed`);
  checkSame(context, run, given.training);
  const holder = await holderElsewhere(context, run, request.coordinator);
  if (holder) {
    throw new RefusedError(
      "HELD",
      `Cannot open run ${run.name}: coordinator ${holder.coordinator} on ${holder.machine} holds it, and answers`,
    );
  }
  await run.settle();
  // A doubt outlives the coordinator that had it.
  const before = earlier(request.before, run.doubts.before);
  const survey = await surveyed(run, before);
  await run.claimEpoch({ coordinator: request.coordinator, machine: request.machine });
  const step = survey.newest?.step ?? 0;
  await cutBack(context, run, before, survey);
  if (run.doubts.before !== null) await run.writeDoubts({ ...run.doubts, before: null });
  await refreshBest(context, run);
  const relaxedFrom = relaxedAfterOpen(run.config.relaxedFrom, step, given.operation.relaxed);
  // No result depends on the fingerprint yet, and the trainer that fixed it may have been wrong.
  const fingerprint = step === 0 ? null : run.config.fingerprint;
  const config = { ...run.config, operation: given.operation, relaxedFrom, fingerprint };
  if (JSON.stringify(config) !== JSON.stringify(run.config)) await run.writeConfig(config);
  await run.addLines([
    eventLine(context.actor.clock.wall(), { event: "opened", epoch: run.epoch, step, ...run.holder }),
  ]);
  context.actor.log.info("Opened a run", { run: run.name, epoch: run.epoch, step, ...run.holder });
  context.diskError = null;
  context.metrics.opened(run.name);
  context.wake();
  const { training, operation } = run.config;
  const { excluded, suspects } = run.doubts;
  const blobs = context.actor.messenger.blobs;
  return {
    ok: true,
    run: run.name,
    epoch: run.epoch,
    created,
    config: { training, operation },
    fingerprint,
    checkpoint: survey.newest && { step, blob: blobs.offer(`checkpoint:${run.name}`, survey.newest.bytes) },
    skipped: run.index.skipped,
    audited: run.index.audited,
    excluded: [...excluded],
    suspects: [...suspects],
    state: run.state.state,
  };
}

/**
 * Checks that the training configuration is the run's own.
 *
 * @throws RefusedError CONFIG
 */
function checkSame({ folder }: Context, run: RunFolder, training: TrainingConfig): void {
  const stored = run.config.training;
  const different = differences(stored, training, ["there", "here"]);
  if (!different) return;
  throw new RefusedError(
    "CONFIG",
    `Cannot open run ${run.name} with another training configuration: ${different}. To train with the new settings, ` +
      startAnotherRun(folder.root, run.name, stored, training),
  );
}

/** Quarantines the checkpoints that the run must not resume from, and cuts the lines after the newest one left. */
async function cutBack(
  context: Context,
  run: RunFolder,
  before: number | null,
  { newest, unusable }: Survey,
): Promise<void> {
  const { log } = context.actor;
  if (before !== null) {
    for (const step of run.checkpoints.filter((one) => one >= before))
      await quarantine(context, run, step, `the run went back before step ${before}`, "warn");
  }
  const at = newest?.step ?? 0;
  for (const { step, why } of unusable) await quarantine(context, run, step, why);
  if (unusable.length > 0)
    log.error(`Run ${run.name} resumes from step ${at}: no newer checkpoint can be used`);
  const mended = await run.cutLines(at);
  if (isIrregular(mended)) {
    await note(context, run, "error", `metrics.jsonl of run ${run.name} ${irregularText(mended)}: mended`, {
      event: "records-mended",
      ...mended,
    });
  }
  if (newest && !run.index.checkpoints.has(at)) {
    // Write it again: without its line nothing guarantees that the file is durable.
    await run.writeCheckpoint(at, newest.bytes);
    await run.addLines([checkpointLine(at, newest.parametersHash)]);
  }
}

/** Returns the other coordinator that holds the run and answers, if any. */
async function holderElsewhere(context: Context, { name, epoch, holder }: RunFolder, coordinator: string) {
  if (!holder || holder.coordinator === coordinator) return undefined;
  return (await answers(context.actor.messenger, name, epoch, holder)) ? holder : undefined;
}

function checkedConfig({ config }: OpenRequest): GivenConfig {
  const training = trainingConfig.safeParse(config.training);
  const operation = operationConfig.safeParse(config.operation);
  if (!training.success || !operation.success) {
    const issue = (training.error ?? operation.error)?.issues[0];
    const where = `${training.success ? "operation" : "training"}.${issue?.path.join(".")}`;
    throw new RefusedError("CONFIG", `Cannot use the configuration: ${where}: ${issue?.message}`);
  }
  if (training.data.engine === "auto") {
    throw new RefusedError(
      "CONFIG",
      "Cannot use the configuration: training.engine must be resolved, got auto",
    );
  }
  const { name, sha256 } = training.data.task;
  if (sha256 === undefined) {
    try {
      checkSizes(training.data, builtInTask(name));
    } catch (error) {
      throw new RefusedError("CONFIG", (error as Error).message);
    }
  }
  return { training: training.data, operation: operation.data };
}
