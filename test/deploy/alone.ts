/**
 * Runs a process in its own network, process and mount namespaces. The bridges, firewall rules and name servers of its
 * containers do not affect this machine, and everything that it has started ends with it.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";

const namespaces = ["--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"];

/** podman keeps its networks' state in /run/containers, wherever its store is. The waiting shell also reaps orphans. */
const prepare =
  'ip link set lo up && mkdir -p /run/containers && mount -t tmpfs none /run/containers && "$@"';

/** @returns the exit code */
export async function alone(
  line: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn("unshare", [...namespaces, "sh", "-ec", prepare, "sh", ...line], {
    env,
    stdio: "inherit",
  });
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", end);
  try {
    const [code] = await once(child, "exit");
    return code ?? 1;
  } finally {
    signal.removeEventListener("abort", end);
  }
}
