/** Serves the page of a runs folder without an evaluator. It only reads. */

import { pageHostDefault } from "@memnet/page/port";
import { exitCodes, listenForSignals, say } from "@memnet/terminal";
import { wholeOf } from "./configure/flags.ts";

/** Serves until Ctrl-C. @param path the path of the address that is printed. @throws PortInUseError */
export async function servePageOf(root: string, path: string, portFlag: string | undefined): Promise<number> {
  const port = portFlag === undefined ? null : wholeOf("--port", portFlag, 0, 65_535);
  const [{ servePage }, { createLog, systemDisk }] = await Promise.all([
    import("@memnet/page"),
    import("@memnet/service"),
  ]);
  const log = createLog({ service: "page", level: "error", destination: "stderr" });
  using signals = listenForSignals();
  // No actor is asked: a run that trains elsewhere is shown as stopped, although its curves keep growing.
  const held = async () => false;
  const shared = { root, disk: systemDisk, log, held, who: null };
  await using page = await servePage({ port, host: pageHostDefault, ...shared });
  say(`${page.address}${path}\nCtrl-C ends it.`);
  await new Promise((resolve) => signals.interrupted.addEventListener("abort", resolve, { once: true }));
  return exitCodes.done;
}
