/** Words for the settings that a schema refuses. */

import type { z } from "zod";
import { didYouMean } from "../unknown-name.ts";
import { isRecord } from "./canonical-json.ts";
import { settingPaths } from "./json-schema.ts";

type Issue = z.core.$ZodIssue;

/** The problem in a sentence: `memory.slots must be at least 1, got 0`. */
export function problemText(issue: Issue): string {
  const path = issue.path.join(".");
  const got = shown(inputOf(issue));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownText(path === "" ? key : `${path}.${key}`)).join("; ");
    case "too_small":
    case "too_big": {
      if (!["number", "int"].includes(issue.origin)) break;
      const isSmall = issue.code === "too_small";
      const bound = issue.code === "too_small" ? issue.minimum : issue.maximum;
      const least = isSmall ? "at least" : "at most";
      const beyond = isSmall ? "greater than" : "less than";
      return `${path} must be ${issue.inclusive ? least : beyond} ${bound}, got ${got}`;
    }
    case "invalid_type":
      return `${path} must be ${kinds[issue.expected] ?? issue.expected}, got ${got}`;
    case "invalid_union": {
      // zod lists the kinds in its message alone.
      const kindsThere = [...issue.message.matchAll(/'([^']+)'/g)].map(([, kind]) => kind);
      if (kindsThere.length === 0) break;
      return `${path} must be one of ${kindsThere.join(", ")}, got ${got}`;
    }
    case "invalid_value":
      return `${path} must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}, got ${got}`;
  }
  return `${path}: ${issue.message}, got ${got}`;
}

const kinds: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  tuple: "a range",
  object: "a group of settings",
  record: "a group of settings",
};

function unknownText(path: string): string {
  const paths = settingPaths();
  if (paths.includes(path)) return `${path} is a setting of another model or kind`;
  return `there is no setting ${path}${didYouMean(path, paths)}`;
}

/** For an unknown kind zod has the whole section as input; only the kind matters. */
function inputOf(issue: Issue): unknown {
  const { discriminator } = issue as { discriminator?: string };
  return discriminator !== undefined && isRecord(issue.input) ? issue.input[discriminator] : issue.input;
}

/** How many characters of a value a message shows. */
const shownMax = 200;

/** As JSON, if JSON can write it, since a caller may pass anything. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? `a ${typeof value}`;
  } catch {
    text = typeof value === "bigint" ? `${value}n` : `a ${typeof value} that JSON cannot write`;
  }
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text;
}
