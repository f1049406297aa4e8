/** `npm run test:sim`: runs any number of seeds of the simulation, on all processors. */

import { startThread } from "@memnet/service";
import { ending } from "@memnet/terminal";
import { help, type Options, readOptions } from "./options.ts";
import { Report } from "./report.ts";
import type { SimulateThread } from "./simulate-thread.ts";

const progressMs = 10_000;
/**
 * A bound on memory: Node.js 20 keeps a combined abort signal with a listener until it is aborted, and a killed
 * evaluator's never is.
 */
const seedsAThread = 500;

try {
  process.exitCode = await main();
} catch (error) {
  const { code, text } = ending(error);
  console.error(text);
  process.exitCode = code;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    process.stdout.write(help);
    return 0;
  }
  const report = new Report(performance.now());
  const telling = setInterval(() => console.log(report.progress(performance.now())), progressMs);
  try {
    await simulateAll(options, report);
  } finally {
    clearInterval(telling);
  }
  console.log(report.summary(performance.now()));
  return report.failed.length > 0 ? 1 : 0;
}

async function simulateAll(options: Options, report: Report): Promise<void> {
  const { first, last, minutes, bail, verbose } = options;
  const endsAt = minutes === null ? Number.POSITIVE_INFINITY : performance.now() + 60_000 * minutes;
  let next = first;
  const wanted = () => next <= last && performance.now() < endsAt && !(bail && report.failed.length > 0);
  const jobs = Math.min(options.jobs, last - first + 1);
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      while (wanted()) {
        await using thread = await startThread<SimulateThread>(
          new URL("./simulate-thread.ts", import.meta.url),
        );
        for (let seeds = 0; seeds < seedsAThread && wanted(); seeds++) {
          const simulated = await thread.api.simulate(next++);
          const text = report.add(simulated);
          if (text) console.log(text);
          if (verbose) console.log(simulated.story.join("\n"));
        }
      }
    }),
  );
}
