/** memnet status: lists the connected actors, what they do and what they wait for. */

import { type Fields, messages, subjects } from "@memnet/protocol";
import { CommandError, duration, exitCodes, operatorFor, say, sayJson, table, whole } from "@memnet/terminal";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

type Status = Extract<Fields<typeof messages.status>, { ok: true }>;

/** Actors answer within milliseconds, or a little later on a busy machine. */
const answerMs = 1000;

interface Flags {
  readonly json?: true;
  readonly runsDir: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Lists the connected actors: what each one does, what it waits for, and since when. Works from any machine.",
    )
    .argument("[run]", "only this run, and the services that serve all of them")
    .option("--json", "print the answers as JSON")
    .option("--runs-dir <folder>", "whose launcher to ask where NATS_URL is not set", runsDirDefault)
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 no actor answers or NATS cannot be reached.\n\nExample:\n  NATS_URL=nats://nats:4222 memnet status",
    )
    .action(async (run: string | undefined, flags: Flags) => finish(await status(run, flags)));
};

async function status(run: string | undefined, { json, runsDir }: Flags): Promise<number> {
  if (run !== undefined) checkRunName(run);
  await using operator = await operatorFor(process.env, runsDir);
  const { askStatus, status } = messages;
  const all = await operator.messenger.askAll(askStatus, status, subjects.status, {}, answerMs);
  all.sort(byRole);
  const shown = run === undefined ? all : all.filter((one) => one.run === run || one.run === null);
  if (all.length === 0) throw new CommandError("No actor answered");
  if (run !== undefined && !shown.some((one) => one.run === run)) {
    const others = [...new Set(all.flatMap((one) => one.run ?? []))];
    throw new CommandError(
      `No actor serves run ${run}${others.length > 0 ? `; the runs served are ${others.join(", ")}` : ""}`,
    );
  }
  if (json) sayJson(shown);
  else say([statusText(shown), ...trustText(shown), ...cutOffText(all)].join("\n"));
  return exitCodes.done;
}

/** Formats the table of actors. Pure. */
export function statusText(shown: readonly Status[]): string {
  return table(
    ["service", "machine", "id", "run", "state", "waits for"],
    shown.map(({ role, machine, id, run, state, waitsFor, waitsSeconds }) => [
      role,
      machine,
      id,
      run ?? "",
      state,
      waitsFor === null ? "" : `${waitsFor}${waitsSeconds === null ? "" : ` (${duration(waitsSeconds)})`}`,
    ]),
  );
}

/** Says of each run how far it was audited, and who is quarantined. Pure. */
export function trustText(shown: readonly Status[]): string[] {
  return shown.flatMap(({ role, run, detail }) => {
    const { step, audited, quarantined } = detail;
    if (role !== "coordinator" || typeof step !== "number" || typeof audited !== "number") return [];
    const checked = audited < step ? [`${run}: unaudited from step ${whole(audited + 1)}`] : [];
    const excluded = (Array.isArray(quarantined) ? quarantined : []) as {
      role: string;
      id: string;
      why: string;
    }[];
    return [...checked, ...excluded.map((one) => `${run}: ${one.role} ${one.id} is quarantined: ${one.why}`)];
  });
}

/** Names the services that the evaluator knows to be cut off from NATS. Pure. */
export function cutOffText(all: readonly Status[]): string[] {
  return all.flatMap(({ detail: { cutOff } }) =>
    (
      (Array.isArray(cutOff) ? cutOff : []) as {
        role: string;
        machine: string;
        why: string;
        seconds: number;
      }[]
    ).map(
      ({ role, machine, why, seconds }) => `${role} ${machine} is cut off (${duration(seconds)}): ${why}`,
    ),
  );
}

const order = ["coordinator", "evaluator", "data-env", "trainer", "operator"];

function byRole(a: Status, b: Status): number {
  return order.indexOf(a.role) - order.indexOf(b.role) || (a.machine + a.id < b.machine + b.id ? -1 : 1);
}
