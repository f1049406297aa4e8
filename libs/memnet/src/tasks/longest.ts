/** How large a task's sequences can get, found without making one that is too large. */

import { Draws, streams } from "../random/philox.ts";
import { sequencesOf, TaskError } from "./check.ts";
import { longest, type Task, type TaskSettings } from "./task.ts";

/** Sizes grow by this factor from one attempt to the next, so that no sequence is much larger than the one before. */
const growth = 1.5;

/**
 * The numbers (x, y and mask) of the longest sequence that the settings admit. Sequences of growing sizes are made, and
 * the first with more numbers than `most` is the last, so that settings from elsewhere cannot take any amount of memory.
 *
 * @returns that sequence's numbers, which are more than `most` if the longest's are
 * @throws TaskError if the task cannot make the longest sequence
 */
export function longestNumbers(task: Task, settings: TaskSettings, most: number): number {
  const largest = longest(settings);
  for (let cap = 1; ; cap = Math.max(cap + 1, Math.floor(cap * growth))) {
    const isWhole = Object.values(largest).every((value) => topOf(value) <= cap);
    try {
      const draws = new Draws(1, streams.training, 0, 0);
      const [made] = sequencesOf(task, capped(largest, cap), [draws]).made;
      const numbers = made!.x.length + made!.y.length + made!.mask.length;
      if (isWhole || numbers > most) return numbers;
    } catch (error) {
      // Sizes that do not belong together are refused on the way, such as a length that is not above the context.
      if (isWhole || !(error instanceof TaskError)) throw error;
    }
  }
}

function capped(settings: TaskSettings, cap: number): TaskSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const size = Math.min(topOf(value), cap);
      return [name, typeof value === "number" ? size : ([size, size] as const)];
    }),
  );
}

function topOf(value: TaskSettings[string]): number {
  return typeof value === "number" ? value : value[1];
}
