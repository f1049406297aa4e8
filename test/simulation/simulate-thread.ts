/** Runs seeds in a thread of their own, one per processor. */

import { serveThread } from "@memnet/service/thread";
import { simulate } from "./simulate.ts";

const api = { simulate };
export type SimulateThread = typeof api;

serveThread(api);
