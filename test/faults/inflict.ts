/** Inflicts a fault on a system, and undoes it. */

import { type FSWatcher, watch } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { delayMs, type Fault, type Target } from "./draw.ts";
import type { System } from "./system.ts";

/** How long to wait for a checkpoint to be written, or for a process to exist. */
const patienceMs = 30_000;
/** How many times slower a straggler is, and how long it is stopped at a time. */
const slowness = 10;
const slowStoppedMs = 45;
/** How long one folder is watched: after a restart, which may happen meanwhile, the evaluator uses another. */
const lookAgainMs = 2000;

/** Resolves once the fault is undone, with the moment when it struck. */
export async function inflict(system: System, fault: Fault): Promise<number> {
  switch (fault.kind) {
    case "kill":
      return signal(system, fault.target, "SIGKILL");
    case "term":
      return signal(system, fault.target, "SIGTERM");
    case "kill-at-checkpoint":
      await checkpointBegins(system);
      return signal(system, fault.target, "SIGKILL");
    case "pause":
    case "long-pause": {
      const struck = await signal(system, fault.target, "SIGSTOP");
      await system.passes(fault.ms);
      await signal(system, fault.target, "SIGCONT");
      return struck;
    }
    case "slow": {
      const struck = performance.now();
      while (performance.now() - struck < fault.ms) {
        await signal(system, fault.target, "SIGSTOP");
        await system.passes(slowStoppedMs);
        await signal(system, fault.target, "SIGCONT");
        await system.passes(slowStoppedMs / (slowness - 1));
      }
      return struck;
    }
    case "no-trainers": {
      const struck = performance.now();
      await Promise.all(system.trainerServices.map((trainer) => trainer.away()));
      await system.passes(fault.ms);
      for (const trainer of system.trainerServices) trainer.back();
      return struck;
    }
    case "broker-kill":
      return lasting(system, fault.ms, system.broker.stop, system.broker.restart);
    case "broker-pause":
    case "broker-long-pause": {
      const { pid } = system.broker;
      return lasting(
        system,
        fault.ms,
        () => process.kill(pid!, "SIGSTOP"),
        () => process.kill(pid!, "SIGCONT"),
      );
    }
    case "cut":
    case "stall":
    case "delay": {
      const proxies = system.linked(fault.target).map(({ link }) => link);
      const begin = () => {
        for (const [index, proxy] of proxies.entries()) {
          if (fault.kind === "delay") proxy.delay(delayMs(index));
          else proxy[fault.kind]();
        }
      };
      return lasting(system, fault.ms, begin, () => {
        for (const proxy of proxies) proxy.mend();
      });
    }
    case "disk-full":
      return lasting(
        system,
        fault.ms,
        () => system.disk.fill(),
        () => system.disk.free(),
      );
  }
}

async function lasting(
  system: System,
  ms: number,
  begin: () => unknown,
  end: () => unknown,
): Promise<number> {
  const struck = performance.now();
  await begin();
  try {
    await system.passes(ms);
  } finally {
    await end();
  }
  return struck;
}

/** Sends a signal to a process, after waiting for it if it is just being restarted. */
async function signal(system: System, target: Target, name: NodeJS.Signals): Promise<number> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const struck = performance.now();
    if (system.service(target).signal(name)) return struck;
    if (struck > untilMs) throw new Error(`Cannot send ${name} to ${target}: there is no process`);
    await system.passes(20);
  }
}

/** Resolves when the evaluator creates a file in its own folder, as it does for each checkpoint. */
async function checkpointBegins(system: System): Promise<void> {
  const { disk, progress } = system;
  const untilMs = performance.now() + patienceMs;
  while (performance.now() < untilMs) {
    const folder = await workFolder(disk.folder);
    // An evaluator that was just restarted has another folder, or none yet.
    if (folder === undefined) await system.passes(20);
    else if (await checkpointIn(folder)) return;
  }
  throw new Error(`No checkpoint was begun in ${patienceMs / 1000} s, at step ${progress.last?.step}`);
}

async function workFolder(runs: string): Promise<string | undefined> {
  const generations = (await readdir(runs)).flatMap((name) => /^\.work-(\d+)$/.exec(name)?.[1] ?? []);
  return generations.length === 0 ? undefined : join(runs, `.work-${Math.max(...generations.map(Number))}`);
}

/** Reports whether a checkpoint is begun in the folder soon. */
async function checkpointIn(folder: string): Promise<boolean> {
  let watcher: FSWatcher | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      watcher = watch(folder, (_, name) => {
        if (String(name).includes("safetensors")) resolve(true);
      });
      watcher.on("error", reject);
      timer = setTimeout(() => resolve(false), lookAgainMs);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  } finally {
    clearTimeout(timer);
    watcher?.close();
  }
}
