/** Sends a run's log lines and events to the evaluator, which alone writes them to disk. */

import { messages, subjects } from "@memnet/protocol";
import { type Clock, every } from "./clock.ts";
import type { LogLine } from "./log.ts";
import type { Messenger } from "./messenger/messenger.ts";
import type { Metrics } from "./metrics.ts";

/** Interval between sends, short enough that a reader of run.log notices no delay. */
const flushMs = 250;

/**
 * How many lines, and how many events, may wait while NATS is unreachable. The oldest are dropped first, and counted.
 */
const waitingMax = 1000;

/**
 * Limit of characters per message, for lines and for events: a header holds at most 256 kB, and a character takes at
 * most three bytes.
 */
const charactersMax = 40_000;
/** Limit of lines and of events per message: below the limit in messages.ts, even with the line that reports drops. */
const itemsMax = 500;

/** Messages per flush, some 5 MB at most; sending more at once could cost a client its connection. */
const messagesMax = 20;

/** An item that waits to be sent, and its run. */
interface Waiting<Item> {
  readonly run: string;
  readonly item: Item;
  readonly characters: number;
}

export class Journal {
  private run: string | null = null;
  private readonly lines: Waiting<string>[] = [];
  private readonly events: Waiting<Record<string, unknown>>[] = [];
  private droppedLines = 0;
  private droppedEvents = 0;
  private messenger: Messenger | undefined;
  private dropped: ReturnType<Metrics["counter"]> | undefined;

  /**
   * Starts sending, including the lines and events recorded so far.
   *
   * @returns a function that sends what is left and stops
   */
  start(messenger: Messenger, clock: Clock, metrics?: Metrics): () => void {
    this.messenger = messenger;
    this.dropped = metrics?.counter(
      "journal_dropped_total",
      "Log lines and events given up while NATS was away",
    );
    metrics?.measured(
      "journal_waiting",
      "Log lines and events that wait to be sent to the evaluator",
      () => this.lines.length + this.events.length,
    );
    const stop = every(clock, flushMs, () => this.flush());
    return () => {
      this.flush();
      stop();
    };
  }

  /** Sets the run that the next lines and events belong to. Without a run, lines stay in this process's own log. */
  about(run: string | null): void {
    this.run = run;
  }

  line(line: LogLine): void {
    const run = this.run;
    if (run === null) return;
    const { time, level, service, message, fields } = line;
    const said = { time: new Date(time).toISOString(), level, service, message, ...fields };
    const item = JSON.stringify(said).slice(0, charactersMax);
    this.lines.push({ run, item, characters: item.length });
    this.droppedLines += this.dropOldest(this.lines);
  }

  /** Records an event for metrics.jsonl. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    const run = this.run;
    if (run === null) return;
    const text = JSON.stringify({ event, ...fields });
    const fits = text.length <= charactersMax;
    const item = fits ? JSON.parse(text) : { event, cut: text.slice(0, charactersMax / 2) };
    this.events.push({ run, item, characters: Math.min(text.length, charactersMax) });
    this.droppedEvents += this.dropOldest(this.events);
  }

  flush(): void {
    const messenger = this.messenger;
    for (let sent = 0; messenger && sent < messagesMax; sent++) {
      const first = this.lines[0] ?? this.events[0];
      if (!first) return;
      const { run } = first;
      const lines = portion(this.lines, run);
      const events = portion(this.events, run);
      const fields = { run, lines: [...this.givenUp(), ...lines], events };
      if (!messenger.send(messages.log, subjects.evaluator.log, fields)) return;
      this.droppedLines = 0;
      this.droppedEvents = 0;
      this.lines.splice(0, lines.length);
      this.events.splice(0, events.length);
    }
  }

  /** @returns the number of items dropped */
  private dropOldest(waiting: Waiting<unknown>[]): number {
    const { length } = waiting.splice(0, Math.max(0, waiting.length - waitingMax));
    this.dropped?.inc(length);
    return length;
  }

  /** Returns a line that reports the drops, or none if nothing was dropped. */
  private givenUp(): string[] {
    if (this.droppedLines + this.droppedEvents === 0) return [];
    return [
      `(${this.droppedLines} lines and ${this.droppedEvents} events were given up while NATS was away)`,
    ];
  }
}

/** Returns a run's first items, as many as fit in one message. Every single item fits. */
function portion<Item>(waiting: readonly Waiting<Item>[], run: string): Item[] {
  const items: Item[] = [];
  let characters = 0;
  for (const one of waiting) {
    characters += one.characters;
    if (one.run !== run || characters > charactersMax || items.length === itemsMax) break;
    items.push(one.item);
  }
  return items;
}
