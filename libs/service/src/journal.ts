/** A run's log lines and events on their way to the evaluator, which alone writes them down. */

import { messages, subjects } from "@memnet/protocol";
import { type Clock, every } from "./clock.ts";
import type { LogLine } from "./log.ts";
import type { Messenger } from "./messenger/messenger.ts";

/** Sent together so often; a reader of run.log notices no more. */
const flushMs = 250;

/** Lines and events that wait while NATS is away; older ones are given up first, and counted. */
const waitingMax = 1000;

/** Of one message: a header has at most 256 kB, and a character at most three bytes. */
const lineCharactersMax = 40_000;
const eventsMax = 100;

export class Journal {
  private run: string | null = null;
  private lines: string[] = [];
  private events: Record<string, unknown>[] = [];
  private dropped = 0;
  private messenger: Messenger | undefined;

  /** Begins to send; lines that came before wait for this. */
  start(messenger: Messenger, clock: Clock): () => void {
    this.messenger = messenger;
    const stop = every(clock, flushMs, () => this.flush());
    return () => {
      this.flush();
      stop();
    };
  }

  /** The run that what follows is about; lines that are about none stay in this process's own log. */
  about(run: string | null): void {
    if (run !== this.run) this.flush();
    this.run = run;
  }

  line(line: LogLine): void {
    const { time, level, service, message, fields } = line;
    this.lines.push(
      JSON.stringify({ time: new Date(time).toISOString(), level, service, message, ...fields }),
    );
    if (this.lines.length > waitingMax)
      this.dropped += this.lines.splice(0, this.lines.length - waitingMax).length;
  }

  /** For metrics.jsonl. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.events.push({ event, ...fields });
    if (this.events.length > waitingMax) this.events.shift();
  }

  flush(): void {
    const { messenger, run } = this;
    if (run === null) {
      this.lines = [];
      this.events = [];
    }
    if (this.dropped > 0) this.lines.push(`(${this.dropped} lines were given up while NATS was away)`);
    this.dropped = 0;
    while (messenger && run !== null && (this.lines.length > 0 || this.events.length > 0)) {
      const lines = portion(this.lines);
      const events = this.events.slice(0, eventsMax);
      if (!messenger.send(messages.log, subjects.evaluator.log, { run, lines, events })) return;
      this.lines.splice(0, lines.length);
      this.events.splice(0, events.length);
    }
  }
}

/** As many lines as fit one message, at least one, and that one cut where it must be. */
function portion(lines: readonly string[]): string[] {
  let characters = 0;
  const fitting = lines.findIndex((line) => {
    characters += Math.min(line.length, lineCharactersMax);
    return characters > lineCharactersMax;
  });
  return lines
    .slice(0, fitting < 0 ? lines.length : Math.max(1, fitting))
    .map((line) => line.slice(0, lineCharactersMax));
}
