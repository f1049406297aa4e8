/** The JSON Schema of the file that --config takes, by which editors check and complete it. */

import { exitCodes, say } from "@memnet/terminal";
import { Option } from "commander";
import { settingsProperties } from "memnet";

export const schemaOption = new Option(
  "--schema",
  "print the JSON Schema of the file that --config takes, and end",
);

/** @param parts what the file may have beside a run's settings */
export function schemaOf(title: string, parts: Readonly<Record<string, unknown>> = {}) {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    type: "object",
    properties: { $schema: { type: "string" }, ...parts, ...settingsProperties() },
    additionalProperties: false,
  };
}

/** @returns the exit code */
export function printSchema(schema: ReturnType<typeof schemaOf>): number {
  say(JSON.stringify(schema, null, 2));
  return exitCodes.done;
}
