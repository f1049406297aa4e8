/** docs/settings.md: every setting with its values, its default and its meaning, from the JSON Schema. */

import { settingsProperties } from "memnet";
import { alternatives, type Json, merged, propertiesOf, same } from "./schema.ts";

const head = `# Settings

Every setting of a run. \`--set PATH=VALUE\` changes one, \`--config FILE\` many, a JSON file with a section for each part
of a path; \`train({ settings })\` of the library takes the same object. \`memnet train --schema\` prints the file's JSON
Schema. A preset ([docs/model.md](model.md#15-presets)) sets some of them; a default is that of a setting which no preset
sets. A run's own are in its config.json.

Made by \`npm run reference\` from the schemas that check the settings.
`;

const end = `
The settings of a task are its own, such as \`task.length\`: \`memnet tasks\` lists them, and docs/model.md
[§11](model.md#11-tasks) says what they mean. \`memnet train --help\` lists the flags that set some of the settings.
`;

/** The contents of docs/settings.md. */
export function settingsTable(): string {
  const rows = rowsOf(settingsOfAnyModel(), "");
  return `${head}
| setting | is | default | means |
|---|---|---|---|
${rows.join("\n")}
${end}`;
}

/** The settings by name. A section that models have in different forms has the properties of all. */
export function settingsOfAnyModel(): Json {
  const entries = Object.entries(settingsProperties()).map(([name, form]): [string, Json] => {
    const parts = alternatives(form);
    const mixed = parts.length > 1 && parts.every(({ type }) => type === "object") && !form.oneOf;
    const [{ description }] = parts as [Json];
    return [name, mixed ? merged(parts) : { description, ...form }];
  });
  return Object.fromEntries(entries);
}

function rowsOf(properties: Json, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, one]) => {
    const form = one as Json;
    const path = `${prefix}${name}`;
    const parts = alternatives(form);
    const cells = [`\`${path}\``, valuesText(parts), defaultText(form), linked(String(form.description))];
    return [`| ${cells.join(" | ")} |`, ...innerRows(parts, path)];
  });
}

/** The rows of a section, which may be of several kinds, or of a list's elements. */
function innerRows(parts: readonly Json[], path: string): string[] {
  const objects = parts.filter(({ type }) => type === "object");
  const elements = parts.flatMap(({ type, items }) => (type === "array" && items ? [items as Json] : []));
  return [
    ...rowsOf(objects.length > 1 ? ofKinds(objects) : propertiesOf(objects[0] ?? {}), `${path}.`),
    ...elements.flatMap((one) => rowsOf(propertiesOf(one), `${path}.N.`)),
  ];
}

/** The properties of all kinds. One that only some have, or whose default differs, says so. */
function ofKinds(kinds: readonly Json[]): Json {
  const entries = Object.entries(propertiesOf(merged(kinds))).map(([name, form]): [string, Json] => {
    const having = kinds.flatMap((kind) => {
      const { kind: named, [name]: own } = propertiesOf(kind) as Readonly<Record<string, Json | undefined>>;
      return own ? [{ kind: String(named?.const), own }] : [];
    });
    const [first] = having as [(typeof having)[0]];
    if (name === "kind") {
      const description = having.map(({ own }) => own.description).join(" ");
      return [name, { ...(form as Json), description }];
    }
    if (having.length < kinds.length)
      return [name, { ...first.own, description: `${first.own.description} Of ${first.kind} alone.` }];
    if (having.every(({ own }) => same(own, first.own))) return [name, first.own];
    const defaults = having.map(({ kind, own }) => `\`${own.default}\` of ${kind}`).join(", ");
    return [name, { ...first.own, defaultText: defaults }];
  });
  return Object.fromEntries(entries);
}

/** `a whole number from 1`, `ntm`, `true` or `false`, as words and code. */
function valuesText(parts: readonly Json[]): string {
  const texts = parts.flatMap((form): string[] => {
    const { type, const: constant, enum: choices } = form;
    if (constant !== undefined) return [`\`${constant}\``];
    if (choices) return (choices as readonly unknown[]).map((one) => `\`${one}\``);
    if (Array.isArray(type)) return type.map((one) => valuesText([{ ...form, type: one }]));
    if (type === "boolean") return ["`true`", "`false`"];
    if (type === "null") return ["`null`"];
    if (type === "string") return ["a text"];
    if (type === "object") return ["a section"];
    return type === "array" ? ["a list"] : [numberText(form)];
  });
  return [...new Set(texts)].join(", ");
}

function numberText({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Json): string {
  const bounds = [
    minimum === undefined ? "" : ` from ${minimum}`,
    exclusiveMinimum === undefined ? "" : ` above ${exclusiveMinimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : ` to ${maximum}`,
    exclusiveMaximum === undefined ? "" : `, below ${exclusiveMaximum}`,
  ];
  return `a${type === "integer" ? " whole" : ""} number${bounds.join("")}`;
}

function defaultText({ default: value, defaultText: text }: Json): string {
  if (text !== undefined) return String(text);
  if (value === undefined || typeof value === "object") return value === null ? "`null`" : "";
  return `\`${value}\``;
}

/** Sections of docs/model.md as links; a table's cell has no bars of its own. */
function linked(text: string): string {
  return text.replaceAll("docs/model.md", "[docs/model.md](model.md)").replaceAll("|", "\\|");
}
