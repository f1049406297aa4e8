/** Where results are kept unless another folder is named. */

import { fileURLToPath } from "node:url";

export const resultsFolder = fileURLToPath(new URL("../docs/results", import.meta.url));
