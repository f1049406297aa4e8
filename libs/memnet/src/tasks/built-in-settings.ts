/** The types of the built-in tasks' settings. */

import type { TaskSetting } from "./task.ts";

/** The settings that built-in tasks have, docs/model.md §11: whole numbers from 1, or ranges of them. */
export type BuiltInSettings = {
  /** Random bits of a word, D; n-gram has none. */
  readonly bits: number;
  /** Words of a sequence to copy, L; bits of an n-gram's sequence, above its context. */
  readonly length: TaskSetting;
  /** Of repeat-copy: how often the words are repeated, n. */
  readonly repeats: TaskSetting;
  /** Of associative-recall: items of a sequence, n, at least 2. */
  readonly items: TaskSetting;
  /** Words of an item of associative-recall, Q; words of priority-sort, n. */
  readonly words: TaskSetting;
  /** Of priority-sort: how many words are wanted in order. */
  readonly sorted: number;
  /** Of n-gram: the bits before one that decide how likely it is a 1, C, up to 16. */
  readonly context: number;
};
