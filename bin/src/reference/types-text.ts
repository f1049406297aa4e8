/**
 * The TypeScript of the settings' types, made from their JSON Schema: editors complete interfaces and show their comments,
 * and typedoc lists them, which the types that zod infers do not allow.
 */

import { wholeProperties } from "memnet";
import { alternatives, type Json, merged, propertiesOf, same } from "./schema.ts";
import { settingsOfAnyModel } from "./settings-table.ts";

const head = `/**
 * The settings as types: written ones, of which any may be missing, and a whole configuration. Made from the schemas in
 * this folder by \`npm run reference\`.
 */

import type { BuiltInSettings } from "../tasks/built-in-settings.ts";
import type { TaskSetting, TaskSettings } from "../tasks/task.ts";
`;

/** The settings of the task that is trained on: its own names, and numbers where it has numbers. */
const task = `{
/** The task's name: a built-in one's, or that of the option \`task\`. */
readonly name?: string;
/** SHA-256 of a task file of your own, which \`loadTask\` of memnet/node gives. */
readonly sha256?: string;
} & (string extends keyof Own
? { readonly [setting: string]: TaskSetting | string | undefined }
: { readonly [Name in keyof Own]?: Own[Name] extends number ? number : TaskSetting });`;

const docs = {
  written:
    "Settings that override a preset's, section by section, such as `{ memory: { slots: 64 }, steps: 1000, seed: 2 }`. " +
    "What does not fit together, such as masks and an NTM, is refused with a RangeError.",
  operation:
    "The settings of a run that do not decide its bits, and so may change from one start to the next.",
  training: "The settings that decide the bits of a result, those of each kind of network.",
};

/** The contents of `libs/memnet/src/config/written.ts`. */
export function typesText(): string {
  const { operation, training } = wholeProperties();
  const [first, ...others] = training as [Json, ...Json[]];
  const shared = Object.keys(first).filter((name) => others.every((one) => same(one[name], first[name])));
  const only = (all: Json, names: readonly string[], are: boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name) === are));
  const models = training.map((one) => objectText(only(one, shared, false), {}, whole)).join(" | ");
  return [
    head,
    comment(docs.written),
    `export type TrainSettings<Own extends TaskSettings = BuiltInSettings> = ${writtenText()};\n`,
    comment(docs.operation),
    `export type OperationConfig = ${objectText(operation, {}, whole)};\n`,
    comment(docs.training),
    `export type TrainingConfig = ${objectText(only(first, shared, true), {}, whole)} & (${models});`,
  ].join("\n");
}

function writtenText(): string {
  const { task: described, ...others } = settingsOfAnyModel();
  const taskText = `${comment((described as Json).description as string)}\nreadonly task?: ${task}`;
  return objectText(others, {}, partly).replace("{\n", `{\n${taskText}\n`);
}

/** Whether properties may be missing. */
type Missing = (form: Json, name: string) => boolean;
const partly: Missing = () => true;
const whole: Missing = (form, name) =>
  form.required !== undefined && !(form.required as readonly string[]).includes(name);

function objectText(properties: Json, form: Json, missing: Missing): string {
  const lines = Object.entries(properties).map(([name, one]) => {
    const inner = one as Json;
    return `${comment(inner.description as string)}\nreadonly ${name}${missing(form, name) ? "?" : ""}: ${typeText(inner, missing)}${missing === whole && whole(form, name) ? " | undefined" : ""};`;
  });
  const { additionalProperties: more } = form;
  const others = more ? typeText(more as Json, missing) : null;
  const index = Object.keys(properties).length > 0 ? `${others} | string | undefined` : others;
  if (others) lines.push(`readonly [setting: string]: ${index};`);
  return `{\n${lines.join("\n")}\n}`;
}

function typeText(form: Json, missing: Missing): string {
  const parts = alternatives(form);
  if (parts.length > 1) return typesOf(parts, missing);
  const { const: constant, enum: choices, type } = form;
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices) return (choices as readonly unknown[]).map((one) => JSON.stringify(one)).join(" | ");
  if (Array.isArray(type)) return type.map((one) => typeText({ ...form, type: one }, missing)).join(" | ");
  if (type === "object") return objectText(propertiesOf(form), form, missing);
  if (type === "array") return `readonly ${typeText(form.items as Json, whole)}[]`;
  return type === "integer" ? "number" : String(type);
}

/** A number or a range is a task's setting; objects without a kind of their own are merged. */
function typesOf(parts: readonly Json[], missing: Missing): string {
  if (parts.length === 2 && parts[0]?.type === "integer" && parts[1]?.prefixItems) return "TaskSetting";
  const objects = parts.filter(({ type }) => type === "object");
  const hasKind = objects.every((one) => (propertiesOf(one).kind as Json | undefined)?.const !== undefined);
  const joined = objects.length > 1 && !hasKind ? [merged(objects)] : objects;
  const others = parts.filter(({ type }) => type !== "object");
  const texts = [...joined, ...others].flatMap((one) =>
    (one.enum ? (one.enum as unknown[]) : [one.const]).map((choice) =>
      choice === undefined ? typeText(one, missing) : JSON.stringify(choice),
    ),
  );
  return [...new Set(texts)].join(" | ");
}

const commentCharactersMax = 100;

function comment(text: string): string {
  if (text.length <= commentCharactersMax) return `/** ${text} */`;
  const lines = text.match(new RegExp(`.{1,${commentCharactersMax}}(?= |$)`, "g"))!;
  return `/**\n${lines.map((line) => ` * ${line.trim()}\n`).join("")} */`;
}
