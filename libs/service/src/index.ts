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
export { bundleOf } from "./bundle.ts";
export {
  type Bus,
  DisconnectedError,
  NoRespondersError,
  PermissionError,
  RequestTimeoutError,
  type Subscription,
} from "./bus/bus.ts";
export { type Connection, connect } from "./bus/connection.ts";
export { ConnectTimeoutError } from "./bus/dial.ts";
export { Gateway } from "./bus/gateway.ts";
export { inspectNats, type ServerFacts } from "./bus/inspect.ts";
export { joinAsLeaf, LeafNetwork } from "./bus/leaf.ts";
export { MemoryBus, MemoryNetwork, type Terminal, type Way } from "./bus/memory.ts";
export { connectBus } from "./bus/nats.ts";
export { payloadProblem } from "./bus/payload.ts";
export { type ConnectionSettings, parseServers } from "./bus/servers.ts";
export { serveSocket } from "./bus/socket.ts";
export { type Clock, every, sleep, systemClock } from "./clock.ts";
export { type AppendFile, type Disk, type DiskEntry, systemDisk, writeDurably } from "./disk.ts";
export { type Page, type SharedHealth, serveSharedHealth } from "./health.ts";
export { nameIn, namesOf } from "./host-names.ts";
export { Journal } from "./journal.ts";
export { keep, kept } from "./kept.ts";
export { LazyThread } from "./lazy-thread.ts";
export { listen, listenOr } from "./listen.ts";
export { createLog, type Log, type LogFields, type LogLine, silentLog } from "./log.ts";
export type { LogLevel } from "./log-levels.ts";
export { Gathered } from "./messenger/gathered.ts";
export { type Answer, type Cuts, Messenger, type Payload } from "./messenger/messenger.ts";
export { createMetrics, fromZero, type Metrics } from "./metrics.ts";
export { openQueue, QueueError } from "./queue/open.ts";
export {
  type QueuedRun,
  type QueueLength,
  type RunQueue,
  silenceMsMax,
  type TakenRun,
} from "./queue/queue.ts";
export { type RateLimits, Rates } from "./rates.ts";
export { Recent } from "./recent.ts";
export { everybody, type Present, Roll } from "./roll.ts";
export { readNames, readSettings } from "./settings.ts";
export { exitStatus, runUntilSignal } from "./shutdown.ts";
export { loadTask, readTaskFile } from "./task-file.ts";
export { endedTask, lateTask, taskDeadlineMs } from "./task-trial.ts";
export {
  type Methods,
  serveModule,
  serveThread,
  startThread,
  ThreadExitError,
  threadUrl,
  withTransfer,
} from "./thread.ts";
export { type Throttled, throttled } from "./throttled.ts";
