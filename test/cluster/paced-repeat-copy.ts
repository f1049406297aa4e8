/** Repeat-copy whose sequences come slowly, after a millisecond each, as those of `paced.ts` do after four. */

import { fileURLToPath } from "node:url";
import { builtInTask, type Task } from "memnet";
import { pause } from "./paced.ts";

export const pacedRepeatCopy = fileURLToPath(import.meta.url);

const repeatCopy = builtInTask("repeat-copy");

export const task: Task = {
  ...repeatCopy,
  name: "paced-repeat-copy",
  sequence(settings, draws) {
    pause(1);
    return repeatCopy.sequence(settings, draws);
  },
};
