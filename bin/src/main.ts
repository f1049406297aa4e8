/** The command line. Only the requested command is loaded, so that help appears at once. */

import { complain, ending, exitCodes } from "@memnet/terminal";
import { Command, CommanderError, type OutputConfiguration } from "commander";
import type { Define } from "./define.ts";
import { version } from "./program.ts";
import { memnetCommand } from "./shell.ts";
import { unsupported } from "./system.ts";

interface Known {
  readonly summary: string;
  readonly hidden?: boolean;
  load(): Promise<{ readonly define: Define }>;
}

const commands: Readonly<Record<string, Known>> = {
  train: {
    summary: "train a model on this machine; what a bare `memnet` does",
    load: () => import("./commands/train.ts"),
  },
  sweep: {
    summary: "train every combination of some settings, from several seeds",
    load: () => import("./commands/sweep.ts"),
  },
  sweeps: {
    summary: "list the sweeps, compare the points of one, or stop one: `sweeps stop`",
    load: () => import("./commands/sweeps.ts"),
  },
  test: {
    summary: "show what a run's best model does on test episodes",
    load: () => import("./commands/test.ts"),
  },
  verify: {
    summary: "compute a run's steps again, and compare with what it recorded",
    load: () => import("./commands/verify.ts"),
  },
  report: {
    summary: "write a run as one HTML page and its pictures",
    load: () => import("./commands/report.ts"),
  },
  export: {
    summary: "write a run's figures as CSV tables, or for TensorBoard",
    load: () => import("./commands/export.ts"),
  },
  tasks: { summary: "show episodes of a task, without a model", load: () => import("./commands/tasks.ts") },
  runs: {
    summary: "list the runs, compare them: `runs --summary`, or remove some: `runs rm`",
    load: () => import("./commands/runs.ts"),
  },
  note: {
    summary: "write a note on a run, and tags",
    load: () => import("./commands/note.ts"),
  },
  status: {
    summary: "list the connected actors, and what a run waits for",
    load: () => import("./commands/status.ts"),
  },
  stop: { summary: "stop a run after a checkpoint", load: () => import("./commands/stop.ts") },
  doctor: { summary: "check what works here, and what does not", load: () => import("./commands/doctor.ts") },
  golden: { summary: "check the engines against golden files", load: () => import("./commands/golden.ts") },
  coordinator: { summary: "one coordinator, for clusters", load: () => import("./commands/coordinator.ts") },
  trainer: { summary: "one trainer, for clusters", load: () => import("./commands/trainer.ts") },
  "data-env": { summary: "one data-env, for clusters", load: () => import("./commands/data-env.ts") },
  evaluator: { summary: "one evaluator, for clusters", load: () => import("./commands/evaluator.ts") },
  worker: {
    summary: "one worker, for clusters: trains whole runs",
    load: () => import("./commands/worker.ts"),
  },
  host: { summary: "a run's actors in one process", hidden: true, load: () => import("./commands/host.ts") },
  hub: { summary: "the evaluator of several runs", hidden: true, load: () => import("./commands/hub.ts") },
};

const epilogue = `
Exit codes: 0 done, 1 failure, 2 bad usage or configuration, 3 the run failed, 130 interrupted.
Environment: NATS_URL, NATS_USER, NATS_PASSWORD (or NATS_USER_FILE, NATS_PASSWORD_FILE), MEMNET_MACHINE; with tls://
in NATS_URL also NATS_CA_FILE, NATS_CERT_FILE, NATS_KEY_FILE. With TERM=dumb or CI set, no line is written over.

Examples:
  memnet                                  train copy-ntm
  memnet train --preset copy-ntm-feedforward --seed 7
  memnet test RUN --length 20`;

/** All commands, also those that memnet starts itself. */
export const commandNames: readonly string[] = Object.keys(commands);

/** Runs one command line; resolves to the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const words = withCommand(args);
  // A reader such as head may close the pipe early, which is not a failure. A training run continues without it.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (words[0] !== "train") process.exit(exitCodes.done);
  });
  const found = unsupported(process);
  // The doctor says it itself, and a process that a launcher started need not repeat it.
  if (found && words[0] !== "doctor" && !process.env.MEMNET_LAUNCHED)
    complain(`${found.why}: ${found.advice}`);
  return run(words, complain);
}

/**
 * Runs a command; resolves to its exit code.
 *
 * @param tell receives what is wrong, if it cannot be run
 */
export async function run(words: readonly string[], tell: (text: string) => void): Promise<number> {
  let code: number = exitCodes.done;
  try {
    const finish = (ended: number) => {
      code = ended;
    };
    const program = await programFor(words, finish, { writeErr: (text) => tell(text.trimEnd()) });
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    // Commander has already printed the error, or the requested help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const { code: failed, text } = ending(error);
    tell(text);
    return failed;
  }
}

/** `memnet --preset copy-ntm` is `memnet train --preset copy-ntm`. */
export function withCommand(args: readonly string[]): readonly string[] {
  const [first] = args;
  if (first !== undefined && (!first.startsWith("-") || ["-h", "--help", "-V", "--version"].includes(first)))
    return args;
  return ["train", ...args];
}

/** Builds the program, with options and help for the requested command only. */
export async function programFor(
  words: readonly string[],
  finish: (code: number) => void,
  output: OutputConfiguration = {},
): Promise<Command> {
  const program = new Command("memnet")
    .configureOutput(output)
    .description("Trains NTM and DNC, on one machine or on a cluster over NATS.")
    .version(version())
    .exitOverride()
    .helpCommand("help [command]", "help for one command")
    .addHelpText("after", epilogue);
  const wanted = words[0] === "help" ? words[1] : words[0];
  for (const [name, { summary, hidden, load }] of Object.entries(commands)) {
    const command = program
      .command(name, { hidden: hidden ?? false })
      .summary(summary)
      .exitOverride()
      .showHelpAfterError(`Run ${memnetCommand([name, "--help"])} for what there is.`);
    if (name === wanted) (await load()).define(command, finish);
  }
  if (
    wanted !== undefined &&
    !wanted.startsWith("-") &&
    wanted !== "help" &&
    !Object.hasOwn(commands, wanted)
  ) {
    const known = Object.keys(commands).filter((name) => !commands[name]?.hidden);
    const { unknownName } = await import("memnet");
    program.error(`error: ${unknownName(`command ${wanted}`, wanted, known)}`);
  }
  return program;
}
