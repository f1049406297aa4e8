/** Prints the JSON Schema of a sweep's file. */

import { exitCodes, say } from "@memnet/terminal";
import { settingsProperties } from "memnet";
import * as z from "zod";
import { sweepFile } from "./request.ts";

export function printSchema(): number {
  const { $schema, ...sweep } = z.toJSONSchema(sweepFile);
  const schema = {
    $schema,
    title: "A sweep of memnet",
    type: "object",
    properties: { $schema: { type: "string" }, sweep, ...settingsProperties() },
    additionalProperties: false,
  };
  say(JSON.stringify(schema, null, 2));
  return exitCodes.done;
}
