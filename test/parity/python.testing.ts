/**
 * Options for tests that need Python with the packages `numpy` and `safetensors`; without them the tests are skipped.
 */

import { skipWithoutPython } from "@memnet/service/testing";

export const pythonOptions = { skip: skipWithoutPython("numpy", "safetensors") };
