/** Keeps the page up after training, for a user who watches in a terminal. */

import { exitCodes, progressOutput } from "@memnet/terminal";
import { Option } from "commander";
import { servePageOf } from "../serve-page.ts";
import type { Site } from "./site.ts";

export const exitOption = new Option(
  "--exit",
  "end with the training; in a terminal, the page otherwise stays up until Ctrl-C",
);

/**
 * Serves the page until Ctrl-C, where the actors served it.
 *
 * @param code the exit code of the training; only after success there is a reason to stay
 * @param path the path of the page that is named
 * @returns    the command's exit code
 */
export async function keepPage(
  code: number,
  { runsDir, served }: Pick<Site, "runsDir" | "served">,
  path: string,
): Promise<number> {
  if (code !== exitCodes.done || served.port === null || !progressOutput().isLive) return code;
  return servePageOf(
    runsDir,
    served.port,
    (address) => `\nThe page stays at ${address}${path} until Ctrl-C.`,
  );
}
