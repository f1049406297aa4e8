/**
 * A process in network, process and mount namespaces of its own: bridges, firewall rules and name servers of its
 * containers touch nothing of this machine's, and whatever it has started ends with it.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";

const namespaces = ["--net", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc"];

/** podman keeps what its networks hold there, wherever its store is. A shell that waits also reaps orphans. */
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
