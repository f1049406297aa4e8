/** A batch of one sequence as the planes of a picture. */

import type { Batch, Task, TaskSettings } from "memnet";
import type { Episode, Plane } from "./text/picture.ts";

export function planesOf(
  { times, x, y, mask }: Batch,
  task: Pick<Task, "input" | "output">,
  settings: TaskSettings,
): Episode & { readonly target: Plane } {
  return {
    input: { times, channels: task.input(settings), data: x },
    target: { times, channels: task.output(settings), data: y },
    mask,
  };
}
