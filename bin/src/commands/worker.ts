/** memnet worker: takes whole runs from the queue, and trains each in a process of its own. */

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { gpuEnvironment, listGpus } from "@memnet/service/gpus";
import { UsageError } from "@memnet/terminal";
import type { Job } from "@memnet/worker";
import { Option } from "commander";
import { wholeOf } from "../configure/flags.ts";
import type { Define } from "../define.ts";
import { hostEnvironment } from "../launcher/one-run.ts";
import { makeScratch, removeScratch, socketIn } from "../launcher/scratch.ts";
import {
  commonSettings,
  idleExitCode,
  idleFlag,
  idleHelp,
  idleMsMaxOf,
  type ServiceFlags,
  serve,
  serviceFlags,
  serviceHelp,
} from "../service.ts";

interface Flags extends ServiceFlags {
  readonly parallel?: string;
  readonly kind?: string;
  readonly idleTimeout?: string;
}

export const define: Define = (command) => {
  command.description(
    "Takes whole runs from the queue that `memnet sweep` fills, and trains each in a process of its own. Snapshots, " +
      "evaluations and metrics go to the cluster's evaluator. Start as many as you like, at any time: a run whose worker " +
      "is gone goes to another, which resumes it.",
  );
  idleFlag(serviceFlags(command))
    .option(
      "--parallel <number>",
      "runs at the same time, 1 to 64; auto: one for each core, or GPU (MEMNET_PARALLEL; default: auto)",
    )
    .addOption(
      new Option(
        "--kind <kind>",
        "cpu takes runs whose engine is for processors, gpu those for GPUs (MEMNET_WORKER_KIND; default: cpu)",
      ).choices(["cpu", "gpu"]),
    )
    .addHelpText(
      "after",
      `${serviceHelp}
SIGTERM stops its runs after a snapshot and gives them back to the queue.
NATS must have JetStream: nats-server -js.
${idleHelp}

Example:
  NATS_URL=nats://nats:4222 memnet worker`,
    )
    .action(async (flags: Flags) => {
      const common = await commonSettings(flags);
      const { machine, logLevel, metricsPort, metricsHost, metricsNames = [], onLogLine } = common;
      const kind = kindFrom(flags.kind ?? (process.env.MEMNET_WORKER_KIND || "cpu"));
      const lanes = lanesFrom(flags.parallel ?? (process.env.MEMNET_PARALLEL || "auto"), kind);
      const scratch = makeScratch();
      process.on("exit", () => removeScratch(scratch));
      const socket = socketIn(scratch);
      const [{ main }, { trainRun }, { createLog }] = await Promise.all([
        import("@memnet/worker"),
        import("../worker/train-run.ts"),
        import("@memnet/service"),
      ]);
      const log = createLog({
        service: "worker",
        level: logLevel,
        ...(onLogLine && { onLine: onLogLine }),
        destination: "stderr",
      });
      const env = {
        // The runs' processes reach NATS through this one alone.
        ...hostEnvironment(process.env, { address: null }),
        MEMNET_MACHINE: machine,
        MEMNET_LOG_LEVEL: logLevel,
        MEMNET_METRICS_HOST: metricsHost,
        MEMNET_METRICS_NAMES: metricsNames.join(","),
      };
      const settings = {
        ...common,
        ...{ kind, lanes, socket, idleMsMax: idleMsMaxOf(flags.idleTimeout) },
        train: (job: Job, lane: number, signal: AbortSignal) => {
          const gpu = kind === "gpu" && lanes > 1 ? gpuEnvironment(lane) : {};
          const own = {
            folder: join(scratch, `lane-${lane}`),
            metricsPort: metricsPort === 0 ? 0 : metricsPort + 1 + lane,
            env: { ...env, ...gpu },
          };
          return trainRun(job, { ...own, socket, log }, signal);
        },
      };
      await serve("worker", logLevel, async (signal) =>
        idleExitCode(await main(settings, signal), settings.idleMsMax),
      );
    });
};

function kindFrom(text: string): "cpu" | "gpu" {
  if (text === "cpu" || text === "gpu") return text;
  throw new UsageError(`Cannot use MEMNET_WORKER_KIND: it must be cpu or gpu, got ${JSON.stringify(text)}`);
}

function lanesFrom(text: string, kind: "cpu" | "gpu"): number {
  if (text !== "auto") return wholeOf("--parallel", text, 1, 64);
  return Math.max(1, Math.min(64, kind === "gpu" ? listGpus().length : availableParallelism()));
}
