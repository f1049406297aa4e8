/** A run's log lines and events on their way to the evaluator, which alone writes them down. */

import { messages, subjects } from "@memnet/protocol";
import { type Clock, every } from "./clock.ts";
import type { LogLine } from "./log.ts";
import type { Messenger } from "./messenger/messenger.ts";
import type { Metrics } from "./metrics.ts";

/** Sent together so often; a reader of run.log notices no more. */
const flushMs = 250;

/** Lines, and as many events, that wait while NATS is away; older ones are given up first, and counted. */
const waitingMax = 1000;

/** Of lines and of events in one message: a header has at most 256 kB, and a character at most three bytes. */
const charactersMax = 40_000;
/** The same of their number: below what messages.ts takes, a line of our own included. */
const itemsMax = 500;

/** Messages of one flush, some 5 MB at most: more at once could cost a client its connection. */
const messagesMax = 20;

/** What waits, and the run that it is about. */
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

  /** Begins to send; lines that came before wait for this. */
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

  /** The run that what follows is about; lines that are about none stay in this process's own log. */
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

  /** For metrics.jsonl. */
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

  /** @returns how many there were too many */
  private dropOldest(waiting: Waiting<unknown>[]): number {
    const { length } = waiting.splice(0, Math.max(0, waiting.length - waitingMax));
    this.dropped?.inc(length);
    return length;
  }

  /** A line that says so, where anything was. */
  private givenUp(): string[] {
    if (this.droppedLines + this.droppedEvents === 0) return [];
    return [
      `(${this.droppedLines} lines and ${this.droppedEvents} events were given up while NATS was away)`,
    ];
  }
}

/** As many of a run's first ones as fit one message; none is too long to fit alone. */
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
