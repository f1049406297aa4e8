/** The task of the tests' runs. */

import { builtInTask } from "memnet";

export const copyTask = builtInTask("copy");
