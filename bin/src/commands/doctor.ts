/** memnet doctor: finds out why memnet does not work. */

import { tmpdir } from "node:os";
import { roles } from "@memnet/protocol";
import { connectionFrom, exitCodes, reachOf, readLock, say, sayJson } from "@memnet/terminal";
import { Option } from "commander";
import { runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { type Finding, failed, findingsText, well, within } from "../doctor/finding.ts";
import { memnetCommand } from "../shell.ts";

type Role = (typeof roles)[number];

interface Flags {
  readonly json?: true;
  readonly role?: Role;
  readonly runsDir: string;
}

/** An unresponsive server must not hang the doctor: all checks together are limited to ten seconds. */
const allMsMax = 9500;
/** Dialling takes at most three seconds, and waiting for answers one. */
const firstMsMax = 6000;

export const define: Define = (command, finish) => {
  command
    .description(
      "Says what works here and what does not, a line each: this machine, its runs and temporary folders, the engines, NATS and " +
        "what it lets a role do, and who else is in.",
    )
    .option("--json", "print an array of {check, level, text, advice}, and nothing else")
    .addOption(
      new Option(
        "--role <role>",
        "whose permissions to try (default: NATS_USER where it is a role's name, else operator)",
      ).choices(roles),
    )
    .option(
      "--runs-dir <folder>",
      "the runs folder (MEMNET_RUNS_DIR)",
      process.env.MEMNET_RUNS_DIR || runsDirDefault,
    )
    .addHelpText(
      "after",
      `
NATS is where NATS_URL says, else the launcher's of the runs folder. To try what it may publish, the doctor sends empty
messages, which no actor reads.

Exit codes: 0 nothing failed, 1 something did; warnings do not count.

Example:
  NATS_URL=nats://nats:4222 memnet doctor --role trainer`,
    )
    .action(async (flags: Flags) => finish(await doctor(flags)));
};

async function doctor({ json, role, runsDir }: Flags): Promise<number> {
  const begun = performance.now();
  const first = await Promise.all([
    within("this machine", firstMsMax, "a disk or a driver may hang", machine(runsDir)),
    within("NATS", firstMsMax, "the server may be overloaded, or stopped", nats(role, runsDir)),
  ]);
  // The engines come last, since loading them blocks everything else.
  const leftMs = Math.round(allMsMax - (performance.now() - begun));
  const last = await within("engines", leftMs, "the machine is slow or busy: try again", engines());
  const findings = [...first.flat(), ...last];
  if (json) sayJson(findings);
  else say(findingsText(findings));
  return findings.some(({ level }) => level === "failed") ? exitCodes.failure : exitCodes.done;
}

async function machine(runsDir: string): Promise<Finding[]> {
  const { clockFinding, nodeFinding, portFindings, systemFinding } = await import("../doctor/machine.ts");
  const { limitFindings } = await import("../doctor/limits.ts");
  const { folderFindings, temporaryFinding } = await import("../doctor/folder.ts");
  const { gpuFindings } = await import("../doctor/gpus.ts");
  return [
    systemFinding(process),
    nodeFinding(process.version),
    ...limitFindings(),
    ...(await gpuFindings()),
    clockFinding(Date.now()),
    ...(await folderFindings(runsDir)),
    await temporaryFinding(tmpdir()),
    ...(await portFindings(readLock(runsDir))),
  ];
}

async function engines(): Promise<Finding[]> {
  return (await import("../doctor/engines.ts")).engineFindings();
}

async function nats(wanted: Role | undefined, runsDir: string): Promise<Finding[]> {
  const reach = reachOf(process.env, runsDir);
  if (reach === null) return [withoutNats("no launcher runs here")];
  if (reach.over === "socket") {
    const { presenceAt } = await import("../doctor/nats.ts");
    return [withoutNats(`the launcher here is process ${reach.pid}`), ...(await presenceAt(reach))];
  }
  try {
    const connection = await connectionFrom(process.env, reach.url);
    const { parseServers } = await import("@memnet/service");
    const { natsFindings } = await import("../doctor/nats.ts");
    const servers = parseServers(connection.url);
    const user = connection.user ?? servers.user;
    const role = wanted ?? roles.find((one) => one === user) ?? "operator";
    return await natsFindings(
      { ...connection, ...(user === undefined ? {} : { user }) },
      servers.display,
      role,
    );
  } catch (error) {
    if (error instanceof RangeError) return [failed("NATS", error.message, "correct it in the environment")];
    throw error;
  }
}

function withoutNats(launcher: string): Finding {
  return well(
    "NATS",
    `NATS_URL is not set, and ${memnetCommand(["train"])} needs none on one machine; ${launcher}`,
  );
}
