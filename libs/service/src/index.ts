/**
 * The parts that every process needs. Parts that only some processes need have entry points of their own, listed in
 * package.json; ./testing is for tests only.
 */

export {
  type Actor,
  type ActorSettings,
  answerStatus,
  type StatusReport,
  sayHello,
  withActor,
} from "./actor.ts";
export { Alternating } from "./alternating.ts";
export { backoffMs, redialMsMax, redialMsMin } from "./backoff.ts";
export {
  type Bus,
  type BusMessage,
  DisconnectedError,
  NoRespondersError,
  PermissionError,
  RequestTimeoutError,
  type SubscribeOptions,
  type Subscription,
} from "./bus/bus.ts";
export { type Connection, type ConnectionOptions, connect } from "./bus/connection.ts";
export { ConnectTimeoutError } from "./bus/dial.ts";
export { type Inspection, inspectNats, type ServerFacts } from "./bus/inspect.ts";
export {
  MemoryBus,
  type MemoryBusOptions,
  MemoryNetwork,
  type Terminal,
  type Way,
} from "./bus/memory.ts";
export { type ConnectOptions, connectBus } from "./bus/nats.ts";
export { PayloadLimitError, payloadProblem } from "./bus/payload.ts";
export { type ConnectionSettings, parseServers, type Servers } from "./bus/servers.ts";
export { joinSocket, serveSocket } from "./bus/socket.ts";
export { type Clock, every, sleep, systemClock } from "./clock.ts";
export {
  type AppendFile,
  type Disk,
  type DiskEntry,
  type DiskStat,
  systemDisk,
  writeDurably,
} from "./disk.ts";
export {
  type Health,
  type HealthOptions,
  type Page,
  type SharedHealth,
  serveHealth,
  serveSharedHealth,
} from "./health.ts";
export { Journal } from "./journal.ts";
export { LazyThread } from "./lazy-thread.ts";
export { listen, listenOr, PortInUseError } from "./listen.ts";
export {
  createLog,
  type Log,
  type LogFields,
  type LogLevel,
  type LogLine,
  type LogOptions,
  logLevels,
  silentLog,
} from "./log.ts";
export { type Answer, Messenger, type MessengerOptions, type Payload } from "./messenger/messenger.ts";
export { createMetrics, fromZero, type Metrics, type MetricsOptions } from "./metrics.ts";
export { Recent } from "./recent.ts";
export {
  type Environment,
  machineName,
  natsUrlDefault,
  readChoice,
  readPort,
  readSecret,
  readSettings,
  type Settings,
} from "./settings.ts";
export { exitStatus, runUntilSignal, StopError } from "./shutdown.ts";
export { loadTask, readTaskFile, type TaskReference } from "./task-file.ts";
export { endedTask, lateTask, taskDeadlineMs } from "./task-trial.ts";
export {
  type Methods,
  type Remote,
  serveModule,
  serveThread,
  startThread,
  ThreadExitError,
  type ThreadOptions,
  threadUrl,
  withTransfer,
} from "./thread.ts";
