/** Values without a schema, such as the fields of an event: anything that JSON can write, nested to a limit. */

import * as z from "zod";
import { depthMax } from "./limits.ts";

/**
 * Whether a value is made of objects, arrays, texts, numbers, booleans and null alone, nested at most `depth` deep.
 * MessagePack also has big integers, dates, byte strings and more, which JSON cannot write or would change.
 */
export function isPlain(value: unknown, depth: number = depthMax): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return true;
    case "object": {
      if (value === null) return true;
      if (depth === 0) return false;
      const prototype = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
      return Object.values(value).every((inner) => isPlain(inner, depth - 1));
    }
    default:
      return false;
  }
}

export const plain = z.custom<unknown>((value) => isPlain(value), "must be a value that JSON can write");

/** A list whose length is compared before any of its elements is checked. */
export function list<Element>(element: z.ZodType<Element>, most: number): z.ZodType<Element[]> {
  const isShort = (value: unknown) => Array.isArray(value) && value.length <= most;
  return z
    .custom<unknown[]>(isShort, { error: `must be a list of at most ${most} elements`, abort: true })
    .pipe(z.array(element));
}
