/** What programs in a terminal share: exit codes, output, tables, and processes of memnet kept running. */

export { CommandError, ending, exitCodes, UsageError } from "./exit.ts";
export { brief, duration, figure, lossText, scientific, share, whole } from "./figures.ts";
export { keepUp } from "./keep-up.ts";
export { begin, type HostPorts, type Life, type Told } from "./life.ts";
export { type Held, type Lock, readLock, takeLock } from "./lock.ts";
export {
  connectionFrom,
  connectOperator,
  connectTo,
  type Operator,
  onceServed,
  operatorFor,
  type Reach,
  reachOf,
} from "./operator.ts";
export {
  clearLeftLine,
  clearLiveLine,
  complain,
  isTerminal,
  leaveStdout,
  progressOutput,
  say,
  sayJson,
  terminalColumns,
} from "./output.ts";
export { programOnPath } from "./path.ts";
export { type Ended, endText, type Kept } from "./restart.ts";
export { listenForSignals, type Signals } from "./signals.ts";
export { isSystemError, systemReason } from "./system-error.ts";
export { table } from "./table.ts";
export { waited } from "./waited.ts";
