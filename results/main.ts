/**
 * `npm run results`: publishes finished runs in docs/results.
 *
 *     npm run results -- --help
 */

import { complain, ending } from "@memnet/terminal";
import { results } from "./command.ts";

try {
  process.exitCode = await results(process.argv.slice(2));
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}
