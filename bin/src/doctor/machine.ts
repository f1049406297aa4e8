/** Checks this machine: its system, its Node.js version, its clock and its ports. */

import { pagePortDefault } from "@memnet/page/port";
import type { Held } from "@memnet/terminal";
import { metricsPortDefault } from "../host/plan.ts";
import { isPortFree } from "../launcher/ports.ts";
import { memnetCommand } from "../shell.ts";
import { type System, unsupported } from "../system.ts";
import { doubtful, type Finding, failed, well } from "./finding.ts";

/** The minimum in package.json's engines: the first version with every feature that is used. */
const nodeMin = [20, 19] as const;

/** Before memnet's first version. A clock that shows an earlier time was never set. */
const wallMin = Date.UTC(2025, 0, 1);

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const enough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
  if (enough) return well("Node.js", version);
  return failed("Node.js", `it must be ${nodeMin.join(".")} or newer, got ${version}`, "install a newer one");
}

export function systemFinding(system: System): Finding {
  const found = unsupported(system);
  if (found === null) return well("system", `${system.platform} on ${system.arch}`);
  const finding = system.platform === "win32" ? failed : doubtful;
  return finding("system", found.why, found.advice);
}

/** Runs are named after the time, and certificates have validity periods. */
export function clockFinding(wallMs: number): Finding {
  const text = new Date(wallMs).toISOString();
  return wallMs >= wallMin ? well("clock", text) : failed("clock", text, "set it, as by NTP");
}

/** @param launcher the launcher that holds the runs folder, and therefore uses these ports */
export async function portFindings(launcher: Held | null): Promise<Finding[]> {
  const wanted = [
    ["the runs' page", pagePortDefault, `another is taken, which \`${memnetCommand(["train"])}\` prints`],
    ["/targets", metricsPortDefault, "Prometheus must be told another, which the evaluator logs"],
  ] as const;
  const findings: Finding[] = [];
  for (const [what, port, otherwise] of wanted) {
    const check = `port ${port}`;
    if (await isPortFree(port)) findings.push(well(check, `free for ${what}`));
    else if (launcher) findings.push(well(check, `in use; the launcher here is process ${launcher.pid}`));
    else findings.push(doubtful(check, `another process has it, so ${what} cannot be there`, otherwise));
  }
  return findings;
}
