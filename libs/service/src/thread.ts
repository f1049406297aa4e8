/**
 * Runs long work in a worker thread. The thread serves an object of functions, which the other side calls. One module
 * can hold both sides:
 *
 * adder.ts:  const create = (base: number) => ({ add: (a: number) => base + a });
 *            serveModule("adder", create);
 *            const thread = await startThread<ReturnType<typeof create>>(threadUrl(import.meta.url, "./adder"), 1);
 *            await thread.api.add(2);
 */

import { existsSync } from "node:fs";
import { basename, parse } from "node:path";
import { isMainThread, parentPort, type TransferListItem, Worker, workerData } from "node:worker_threads";
import { bundleOf } from "./bundle.ts";

// biome-ignore lint/suspicious/noExplicitAny: any function may be served
type AnyFunction = (...args: any[]) => unknown;

/** The functions of a thread as its callers see them: each returns a promise. */
export type Methods<Api> = {
  readonly [Name in keyof Api as Api[Name] extends AnyFunction ? Name : never]: Api[Name] extends (
    ...args: infer Args
  ) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

export interface Remote<Api> extends AsyncDisposable {
  readonly api: Methods<Api>;
  /** Calls the handler once when the thread ends, without an error if stop() ended it. */
  onExit(handler: (error: ThreadExitError | undefined) => void): void;
  /** Ends the thread, even in the middle of its work; pending calls are rejected. */
  stop(): Promise<void>;
}

/** The thread has ended, and its pending calls with it. */
export class ThreadExitError extends Error {
  override readonly name = "ThreadExitError";
  readonly code = "THREAD_EXIT";
  constructor(what: string, reason: string, cause?: unknown) {
    super(`Cannot finish ${what}: the thread must live until then, ${reason}`, { cause });
  }
}

export interface ThreadOptions {
  /**
   * Time limit until serveThread() is reached; loading a WebAssembly or TensorFlow engine takes a few seconds at most.
   */
  readonly startMs?: number;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: unknown[];
}

type Answer =
  | { readonly ready: true }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };

interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: unknown;
  readonly stack: string | undefined;
}

/** What a thread is started with: the name of its module, and the caller's data. */
interface Start {
  readonly module: string;
  readonly data: unknown;
}

const startMsDefault = 60_000;

const transfers = new WeakMap<object, readonly ArrayBuffer[]>();

/**
 * Marks a value, passed to a call or returned by one, so that its buffers are transferred to the other thread instead
 * of copied. They are empty in this thread afterwards.
 */
export function withTransfer<T extends object>(value: T, buffers: readonly ArrayBuffer[]): T {
  transfers.set(value, buffers);
  return value;
}

/**
 * Returns the URL of a thread's module, which lies beside the caller, or in the bundle of the sources: from there it
 * starts in less than half the time.
 *
 * @param asker  the calling module's `import.meta.url`
 * @param thread the module's path relative to it, without its extension
 */
export function threadUrl(asker: string, thread: string): URL {
  if (!asker.endsWith(".ts")) return new URL(`${thread}.js`, asker);
  const bundle = bundleOf(asker);
  const bundled = bundle && new URL(`${basename(thread)}.js`, bundle);
  return bundled && existsSync(bundled) ? bundled : new URL(`${thread}.ts`, asker);
}

/**
 * Starts a thread and waits until it is ready.
 *
 * @throws ThreadExitError if it ends, or does not reach serveThread() in time
 */
export async function startThread<Api>(
  url: URL,
  data?: unknown,
  { startMs = startMsDefault }: ThreadOptions = {},
): Promise<Remote<Api>> {
  const file = basename(url.pathname);
  const started = { workerData: { module: parse(file).name, data } satisfies Start };
  // In the sources' process an inherited `--import tsx` would load tsx in a thread of plain JavaScript too.
  const own = import.meta.url.endsWith(".ts") ? { execArgv: [] } : {};
  const worker = new Worker(file.endsWith(".ts") ? viaTsx(url) : url, { ...started, ...own });
  const caller = new Caller(worker, file);
  await caller.ready(startMs);
  const api = new Proxy({} as Methods<Api>, {
    // `await` looks for `then` to detect a promise, and this is not one.
    get: (_, method) =>
      typeof method === "string" && method !== "then"
        ? (...args: unknown[]) => caller.call(method, args)
        : undefined,
  });
  return {
    api,
    onExit: (handler) => caller.onExit(handler),
    stop: () => caller.stop(),
    [Symbol.asyncDispose]: () => caller.stop(),
  };
}

/**
 * Serves the functions that `create` returns, but only in a thread that was started for this module. The module can
 * then be imported elsewhere too.
 *
 * @param module its file's name without extension
 * @param create is passed the data given to startThread()
 */
export function serveModule<Data>(module: string, create: (data: Data) => object | Promise<object>): void {
  const start = workerData as Start | null;
  if (isMainThread || start?.module !== module) return;
  // A failure is an unhandled rejection, which ends the thread and is reported to the one that started it.
  void Promise.resolve(create(start.data as Data)).then(serveThread);
}

/**
 * Serves the functions; a thread calls it once, when it is ready to work. Calls start in the order in which they
 * arrive.
 */
export function serveThread(api: object): void {
  if (!parentPort) throw new Error("Cannot serve a thread: this must be a worker thread, it is the main one");
  const port = parentPort;
  const methods = api as Record<string, AnyFunction | undefined>;
  port.on("message", async ({ id, method, args }: Call) => {
    try {
      const served = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (typeof served !== "function") throw new TypeError(`Cannot call ${method}: this thread has no such`);
      const value = await served.apply(api, args);
      port.postMessage({ id, value } satisfies Answer, listed([value]));
    } catch (error) {
      port.postMessage({ id, error: sendable(error) } satisfies Answer);
    }
  });
  port.postMessage({ ready: true } satisfies Answer);
}

class Caller {
  private readonly worker: Worker;
  private readonly name: string;
  /** Pending calls, bounded by the callers: each waits for its answer. */
  private readonly waiting = new Map<
    number,
    { method: string; resolve(value: unknown): void; reject(error: unknown): void }
  >();
  private readonly exitHandlers: ((error: ThreadExitError | undefined) => void)[] = [];
  private readonly started: Promise<void>;
  private setStarted: () => void = () => {};
  private setFailed: (error: Error) => void = () => {};
  private next = 1;
  private crash: unknown;
  private ended: { readonly error: ThreadExitError | undefined } | undefined;
  private stopping = false;

  constructor(worker: Worker, name: string) {
    this.worker = worker;
    this.name = name;
    this.started = new Promise((resolve, reject) => {
      this.setStarted = resolve;
      this.setFailed = reject;
    });
    this.started.catch(() => {});
    worker.on("message", (answer: Answer) => this.take(answer));
    worker.on("messageerror", (error) => this.crashed(error));
    worker.on("error", (error) => this.crashed(error));
    worker.on("exit", (status) => this.exited(status));
  }

  async ready(startMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.setFailed(new ThreadExitError(`starting ${this.name}`, `got nothing from it in ${startMs} ms`));
      void this.worker.terminate();
    }, startMs);
    try {
      await this.started;
    } finally {
      clearTimeout(timer);
    }
  }

  call(method: string, args: unknown[]): Promise<unknown> {
    if (this.ended || this.stopping) return Promise.reject(this.gone(method));
    const id = this.next;
    this.next += 1;
    return new Promise((resolve, reject) => {
      // Throws if an argument cannot be cloned, which rejects this call before it is registered.
      this.worker.postMessage({ id, method, args } satisfies Call, listed(args));
      this.waiting.set(id, { method, resolve, reject });
    });
  }

  onExit(handler: (error: ThreadExitError | undefined) => void): void {
    if (this.ended) handler(this.ended.error);
    else this.exitHandlers.push(handler);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.worker.terminate();
  }

  private take(answer: Answer): void {
    if ("ready" in answer) {
      this.setStarted();
      return;
    }
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (!waiting) return;
    if ("error" in answer) waiting.reject(revived(answer.error));
    else waiting.resolve(answer.value);
  }

  /**
   * Records the error of a thread that crashed, or whose answer cannot be read, and terminates it. Its exit then
   * settles everything.
   */
  private crashed(error: unknown): void {
    this.crash ??= error;
    void this.worker.terminate();
  }

  private exited(status: number): void {
    const error = this.stopping ? undefined : this.gone(this.name, `it ended with ${status}`);
    this.ended = { error };
    this.setFailed(error ?? this.gone(this.name));
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const call of waiting) call.reject(this.gone(call.method));
    for (const handler of this.exitHandlers) handler(error);
  }

  private gone(what: string, otherwise = "it has ended"): ThreadExitError {
    if (this.stopping) return new ThreadExitError(what, "it was stopped");
    const { message } = this.crash instanceof Error ? this.crash : { message: otherwise };
    return new ThreadExitError(what, `got: ${message}`, this.crash);
  }
}

/**
 * Returns a module that registers tsx and then imports `url`. Run from sources, a thread needs tsx of its own, and
 * --import tsx has no effect in a thread of Node.js 20. tsx is registered for CommonJS too, for users' task files in
 * folders that are not ES module packages. Resolving tsx from here makes it work in any working folder.
 */
function viaTsx(url: URL): URL {
  const [esm, cjs] = ["tsx/esm/api", "tsx/cjs/api"].map((name) => JSON.stringify(import.meta.resolve(name)));
  const code =
    `import { register as modules } from ${esm}; import { register as commonJs } from ${cjs}; ` +
    `modules(); commonJs(); await import(${JSON.stringify(url.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function listed(values: readonly unknown[]): TransferListItem[] {
  const buffers = new Set<ArrayBuffer>();
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    for (const buffer of transfers.get(value) ?? []) buffers.add(buffer);
  }
  return [...buffers];
}

function sendable(error: unknown): SentError {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), code: undefined, stack: undefined };
  const code = "code" in error && typeof error.code !== "object" ? error.code : undefined;
  return { name: error.name, message: error.message, code, stack: error.stack };
}

/** Rebuilds an error with the name and code it had in its thread; its class is lost. */
function revived({ name, message, code, stack }: SentError): Error {
  const error = name === "RangeError" ? new RangeError(message) : new Error(message);
  return Object.assign(error, { name, ...(code === undefined ? {} : { code }), ...(stack ? { stack } : {}) });
}
