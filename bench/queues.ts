/** Looks at every queue between a coordinator and its trainers: which of them fills, and how far. */

import { readFileSync } from "node:fs";

/** A queue's length in bytes over a time. */
export interface Queue {
  readonly name: string;
  readonly mean: number;
  readonly most: number;
  /** Where its owner stops filling it; null if the system decides. */
  readonly bound: number | null;
}

interface ServerConnection {
  readonly name?: string;
  readonly port: number;
  readonly pending_bytes: number;
}

/** max_pending of nats-server, and unsentBytesMax of the bus. */
const boundBytes = 64 * 2 ** 20;

/** Collects lengths until it is stopped; reading them costs the processes a few requests a second. */
export class Queues {
  private readonly sums = new Map<string, { count: number; sum: number; most: number }>();
  private readonly timer: NodeJS.Timeout;
  private looking = false;

  /** @param monitoring the port of nats-server's monitoring @param unsent reads the coordinator's unsent bytes */
  constructor(monitoring: number, unsent: () => Promise<number>, everyMs = 200) {
    this.timer = setInterval(() => {
      if (this.looking) return;
      this.looking = true;
      // A look that fails is left out.
      void this.look(monitoring, unsent)
        .catch(() => {})
        .finally(() => {
          this.looking = false;
        });
    }, everyMs);
  }

  stop(): Queue[] {
    clearInterval(this.timer);
    return [...this.sums].map(([name, { count, sum, most }]) => ({
      ...{ name, mean: sum / count, most },
      bound: name.includes("kernel") ? null : boundBytes,
    }));
  }

  private async look(monitoring: number, unsent: () => Promise<number>): Promise<void> {
    const url = `http://127.0.0.1:${monitoring}/connz?limit=4096`;
    const { connections } = (await (await fetch(url)).json()) as { connections: readonly ServerConnection[] };
    const sockets = socketQueues(readFileSync("/proc/net/tcp", "utf8"));
    const of = (role: string) =>
      connections
        .filter(({ name }) => name?.startsWith(`memnet-${role}-`))
        .map((one) => {
          const unread = sockets.get(one.port)?.unread ?? 0;
          return { pending: one.pending_bytes, unread, unsent: sockets.get(one.port)?.unsent ?? 0 };
        });
    const coordinator = of("coordinator")[0];
    const trainers = of("trainer");
    if (!coordinator || trainers.length === 0) return;
    const most = (values: readonly number[]) => Math.max(...values);
    this.note("coordinator: unsent, in the process", await unsent());
    this.note("coordinator: unsent, in the kernel", coordinator.unsent);
    this.note("coordinator: not read yet, in the kernel", coordinator.unread);
    this.note("coordinator: pending at nats-server", coordinator.pending);
    this.note("the fullest trainer: pending at nats-server", most(trainers.map(({ pending }) => pending)));
    this.note("the fullest trainer: not read yet, in the kernel", most(trainers.map(({ unread }) => unread)));
    this.note("the fullest trainer: unsent, in the kernel", most(trainers.map((one) => one.unsent)));
  }

  private note(name: string, bytes: number): void {
    const known = this.sums.get(name) ?? { count: 0, sum: 0, most: 0 };
    this.sums.set(name, {
      count: known.count + 1,
      sum: known.sum + bytes,
      most: Math.max(known.most, bytes),
    });
  }
}

/** @param text the contents of /proc/net/tcp @returns bytes that wait in each socket, by its own port */
export function socketQueues(text: string): Map<number, { unsent: number; unread: number }> {
  const queues = new Map<number, { unsent: number; unread: number }>();
  for (const line of text.split("\n").slice(1)) {
    const fields = /^\s*\d+: \w+:(\w+) \w+:\w+ 01 (\w+):(\w+) /.exec(line);
    if (!fields) continue;
    const [port, unsent, unread] = fields.slice(1).map((field) => Number.parseInt(field, 16));
    queues.set(port!, { unsent: unsent!, unread: unread! });
  }
  return queues;
}
