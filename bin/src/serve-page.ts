/** Serves the page of a runs folder without an evaluator. It only reads. */

import { pageHostDefault } from "@memnet/page/port";
import { exitCodes, listenForSignals, say } from "@memnet/terminal";
import { showCommandOf } from "./show-command.ts";

/**
 * Serves until Ctrl-C.
 *
 * @param port 0 picks a free one; null picks the default one, or a free one if it is taken
 * @param text what is printed once the page is served at the address
 * @throws PortInUseError
 */
export async function servePageOf(
  root: string,
  port: number | null,
  text: (address: string) => string,
): Promise<number> {
  const [{ servePage }, { createLog, systemDisk }] = await Promise.all([
    import("@memnet/page"),
    import("@memnet/service"),
  ]);
  const log = createLog({ service: "page", level: "error", destination: "stderr" });
  using signals = listenForSignals();
  // No actor is asked: a run that trains elsewhere is shown as stopped, although its curves keep growing.
  const held = async () => false;
  const shared = { root, disk: systemDisk, log, held, who: null, showCommand: showCommandOf(root) };
  await using page = await servePage({ port, host: pageHostDefault, isAlone: true, ...shared });
  say(text(page.address));
  await new Promise((resolve) => signals.interrupted.addEventListener("abort", resolve, { once: true }));
  return exitCodes.done;
}
