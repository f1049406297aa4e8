/** The JSON Schema of settings as written, for editors that check and complete a configuration file. */

import * as z from "zod";
import { canonicalJson, isRecord } from "./canonical-json.ts";
import { operationConfig } from "./operation.ts";
import { settingsOfTraining } from "./training.ts";

type Json = Readonly<Record<string, unknown>>;

/** Returns the properties by name. Each of them may be missing, since a file is laid over a preset. */
export function settingsProperties(): Readonly<Record<string, Json>> {
  const schemas = [...settingsOfTraining.options, operationConfig].map(
    (one) => without(z.toJSONSchema(one, { io: "input" })) as Json,
  );
  const forms = new Map<string, Map<string, Json>>();
  for (const { properties } of schemas) {
    for (const [name, form] of Object.entries(properties as Record<string, Json>)) {
      const known = forms.get(name) ?? new Map<string, Json>();
      forms.set(name, known.set(canonicalJson(form), form));
    }
  }
  // A setting that models have in different forms may have any of them.
  return Object.fromEntries(
    [...forms].map(([name, known]) => {
      const [first, ...others] = known.values();
      return [name, others.length === 0 ? first! : { anyOf: [first, ...others] }];
    }),
  );
}

/** Returns the properties of a whole configuration: those of operation, and those of training by the model. */
export function wholeProperties(): { readonly operation: Json; readonly training: readonly Json[] } {
  const properties = (schema: z.ZodType) => z.toJSONSchema(schema, { io: "output" }).properties as Json;
  return {
    operation: properties(operationConfig),
    training: settingsOfTraining.options.map(properties),
  };
}

/** Returns the paths of all settings, such as memory.slots, of whatever model. */
export function settingPaths(): string[] {
  return [...new Set(pathsIn(settingsProperties(), ""))];
}

function pathsIn(properties: Json, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, form]) => {
    const path = `${prefix}${name}`;
    return [path, ...formsOf(form).flatMap((one) => pathsIn((one.properties ?? {}) as Json, `${path}.`))];
  });
}

function formsOf(form: unknown): Json[] {
  if (!isRecord(form)) return [];
  const { anyOf, oneOf } = form as { anyOf?: unknown[]; oneOf?: unknown[] };
  return [form, ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap(formsOf)];
}

/** Removes `required` at every level. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (!isRecord(value)) return value;
  const { required: _required, $schema: _schema, ...rest } = value;
  return Object.fromEntries(Object.entries(rest).map(([name, inner]) => [name, without(inner)]));
}
