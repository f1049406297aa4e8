/**
 * `npm run bench`: milliseconds per training iteration (forward, backward, clip, update).
 *
 *     npm run bench -- --help
 */

import { complain, ending, exitCodes } from "@memnet/terminal";
import { bench } from "./command.ts";

// Leave through exit handlers, which end the processes and remove the folders of a run.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(exitCodes.interrupted));
try {
  await bench(process.argv.slice(2));
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}
