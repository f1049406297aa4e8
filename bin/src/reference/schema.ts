/** Reads JSON Schemas as zod writes them. */

import { canonicalJson } from "memnet";

export type Json = Readonly<Record<string, unknown>>;

/** The forms that a value may have; the form itself if there is one alone. */
export function alternatives(form: Json): readonly Json[] {
  const parts = (form.anyOf ?? form.oneOf) as readonly Json[] | undefined;
  return parts ? parts.flatMap(alternatives) : [form];
}

export function propertiesOf(form: Json): Json {
  return (form.properties ?? {}) as Json;
}

export function same(one: unknown, other: unknown): boolean {
  return one !== undefined && other !== undefined && canonicalJson(one) === canonicalJson(other);
}

/** One object for several: all their properties, each with all the forms that it has. */
export function merged(objects: readonly Json[]): Json {
  const names = [...new Set(objects.flatMap((one) => Object.keys(propertiesOf(one))))];
  const properties = names.map((name) => [
    name,
    anyOf(objects.flatMap((one) => propertiesOf(one)[name] ?? [])),
  ]);
  return { ...objects[0], properties: Object.fromEntries(properties) };
}

/** A form for any of several, without repetitions; the description is the first one's, or the longest enumeration's. */
export function anyOf(forms: readonly unknown[]): Json {
  const different = forms.filter((form, at) => !forms.slice(0, at).some((before) => same(before, form)));
  const [first, ...others] = different as [Json, ...Json[]];
  return others.length === 0 ? first : { description: first.description, anyOf: different };
}
