/** Repeat-copy whose sequences come slowly, after two milliseconds each, as those of `paced.ts` do after four. */

import { fileURLToPath } from "node:url";
import type { Task } from "memnet";
// Not all of memnet, which takes four times as long to load.
import { repeatCopy } from "../../libs/memnet/src/tasks/repeat-copy.ts";
import { pause } from "./paced.ts";

export const pacedRepeatCopy = fileURLToPath(import.meta.url);

export const task: Task = {
  ...repeatCopy,
  name: "paced-repeat-copy",
  sequence(settings, draws) {
    pause(2);
    return repeatCopy.sequence(settings, draws);
  },
};
