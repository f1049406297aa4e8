/** A real Slurm of two nodes on this machine, for tests: munged, slurmctld and two slurmd, none of which needs root. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { skipWithout } from "@memnet/service/testing";
import { CommandError } from "@memnet/terminal";

/** For a test's `skip` option: the reason why there is no Slurm, else false. */
export function skipWithoutSlurm(): string | false {
  return skipWithout("slurmctld") || skipWithout("slurmd") || skipWithout("sbatch") || skipWithout("munged");
}

const pollMs = 200;

export class Slurm implements AsyncDisposable {
  readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly daemons: ChildProcess[] = [];

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.env = env;
  }

  /** @param env what jobs find in their environment */
  static async start(env: NodeJS.ProcessEnv): Promise<Slurm> {
    const folder = mkdtempSync(join(tmpdir(), "memnet-slurm-"));
    const slurm = new Slurm(folder, { ...env, SLURM_CONF: join(folder, "slurm.conf") });
    try {
      mkdirSync(join(folder, "state"));
      writeFileSync(join(folder, "munge.key"), randomBytes(128), { mode: 0o600 });
      writeFileSync(join(folder, "slurm.conf"), configuration(folder, await freePorts(3)));
      slurm.daemon("munged", ...mungedArguments(folder));
      slurm.daemon("slurmctld", "-D");
      for (const node of ["node1", "node2"]) slurm.daemon("slurmd", "-D", "-N", node);
      await slurm.until(
        "both nodes are idle",
        () => slurm.ask("sinfo", "-h", "-t", "idle", "-o", "%D") === "2",
      );
    } catch (error) {
      await slurm[Symbol.asyncDispose]();
      throw error;
    }
    return slurm;
  }

  /** A field of a job, such as `JobState`; empty while Slurm does not answer. */
  field(job: string, name: string): string {
    const text = this.ask("scontrol", "show", "job", job);
    return new RegExp(`\\b${name}=(\\S*)`).exec(text)?.[1] ?? "";
  }

  /** @throws if it does not come true within the time */
  async until(what: string, condition: () => boolean, timeoutMs = 180_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!condition()) {
      if (performance.now() > end)
        throw new Error(`Slurm: ${what}: not within ${timeoutMs} ms\n${this.log()}`);
      await sleep(pollMs);
    }
  }

  run(program: string, ...args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync(program, args, { env: this.env, encoding: "utf8" });
    if (status !== 0) throw new CommandError(`${program} ${args.join(" ")}: ${error ?? stderr}`);
    return stdout.trim();
  }

  /** The same, but empty if it fails. */
  private ask(program: string, ...args: readonly string[]): string {
    return spawnSync(program, args, { env: this.env, encoding: "utf8" }).stdout?.trim() ?? "";
  }

  private daemon(program: string, ...args: readonly string[]): void {
    this.daemons.push(spawn(program, args, { env: this.env, stdio: "ignore" }));
  }

  private log(): string {
    return this.ask("sh", "-c", `tail -n 30 ${this.folder}/*.log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ask("scancel", "--state=RUNNING", "--full", "--signal=KILL", `--user=${userInfo().username}`);
    // In the opposite order: a slurmd without its controller ends its jobs' processes all the same.
    for (const daemon of this.daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill("SIGTERM");
      await Promise.race([once(daemon, "exit"), sleep(5000).then(() => daemon.kill("SIGKILL"))]);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function mungedArguments(folder: string): string[] {
  const files = { "key-file": "munge.key", socket: "munge.socket", "pid-file": "munged.pid" };
  const named = Object.entries({ ...files, "log-file": "munged.log", "seed-file": "munged.seed" });
  return ["--foreground", "--force", ...named.map(([flag, name]) => `--${flag}=${join(folder, name)}`)];
}

/** Two nodes of four processors, whatever this machine has; a requeued job starts again after seconds. */
function configuration(folder: string, [controller, ...nodes]: readonly number[]): string {
  const user = userInfo().username;
  return `ClusterName=memnet
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1
${nodes.map((port, at) => `NodeName=node${at + 1} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${port} CPUs=4`).join("\n")}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** Ports that are free now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
