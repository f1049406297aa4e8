/** `npm run test:fuzz`: sends damaged input to the real services, and holds that none of it does harm. */

import { ending } from "@memnet/terminal";
import { Fuzzer } from "./fuzzer.ts";
import { help, readOptions } from "./options.ts";

try {
  process.exitCode = await main();
} catch (error) {
  const { code, text } = ending(error);
  console.error(text);
  process.exitCode = code;
}
process.exit();

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    process.stdout.write(help);
    return 0;
  }
  const fuzzer = new Fuzzer(options);
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error) => fuzzer.failed(error));
  return fuzzer.run();
}
