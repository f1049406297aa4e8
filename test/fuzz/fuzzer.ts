/** Sends the input of a seed, message by message, and checks that none of it does harm. */

import { decode } from "@memnet/protocol";
import { Chance } from "./chance.ts";
import { type Outcome, tryDecoder } from "./decoders.ts";
import { Folder } from "./folder.ts";
import { type Forged, forge, unaimed } from "./forge.ts";
import type { Options } from "./options.ts";
import { System } from "./system.ts";
import { busyMsMax, growthMax, Watch } from "./watch.ts";

/** Messages sent before the actors get a turn, and between two questions whether all of them answer. */
const batch = 32;
const look = 8192;

/**
 * Kinds with which an operator, another coordinator or the run's own may end it. They are sent only if they cannot be
 * read, since ending it is their right.
 */
const endings: ReadonlySet<string> = new Set(["stop", "announce", "state"]);

/** So many messages of a kind, and one of them can be read; otherwise the fuzzer's examples are out of date. */
const readWithin = 300;

/** The share of the input that is not a message to an actor. */
const shares = { decoder: 0.25, request: 0.004, file: 0.001 };

export class Fuzzer {
  private readonly options: Options;
  private readonly watch = new Watch();
  private readonly outcomes = new Map<string, number>();
  private failure: unknown;
  private at: number;
  private invalid = 0;
  /** How many messages of each kind were made, and how many of them can be read. */
  private readonly made = new Map<string, { count: number; read: number }>();

  constructor(options: Options) {
    this.options = options;
    this.at = options.from;
  }

  /** Records an unexpected error; the first one counts. */
  failed(error: unknown): void {
    this.failure ??= error;
  }

  async run(): Promise<number> {
    const begun = performance.now();
    const missed = unaimed();
    if (missed.length > 0) throw new Error(`No message is aimed at ${missed.join(", ")}`);
    await using system = await System.begin();
    await using folder = await Folder.begin();
    const { from, messages, minutes } = this.options;
    const endsAt = minutes === null ? Number.POSITIVE_INFINITY : begun + 60_000 * minutes;
    const before = await system.counts();
    while (this.at < from + messages && performance.now() < endsAt && !this.failure) {
      try {
        await this.some(system, folder);
        if ((this.at - from) % look === 0 || this.at === from + messages) await this.lookAfter(system);
      } catch (error) {
        this.failed(error);
      }
    }
    if (!this.failure) await this.settle(system, before.rejected).catch((error) => this.failed(error));
    return await this.report(system, (performance.now() - begun) / 1000);
  }

  /** Sends some messages, and lets the actors handle them. */
  private async some(system: System, folder: Folder): Promise<void> {
    const end = Math.min(this.at + batch, this.options.from + this.options.messages);
    this.watch.begin();
    for (; this.at < end; this.at++) {
      const chance = new Chance(this.options.seed, this.at);
      const share = chance.whole(0, 999) / 1000;
      if (share < shares.file) this.note(await folder.damage(chance));
      else if (share < shares.file + shares.request) this.note(await folder.request(chance));
      else if (share < shares.file + shares.request + shares.decoder)
        this.note(tryDecoder(chance, system.aim));
      else {
        const forged = forge(chance, system.aim);
        const isValid = decodes(forged);
        if (!isValid) this.invalid++;
        this.tally(forged.expected.kind, isValid);
        if (!isValid || !endings.has(forged.expected.kind)) system.send(forged);
      }
    }
    await new Promise(setImmediate);
    this.watch.end();
  }

  private async lookAfter(system: System): Promise<void> {
    const silent = await system.silent();
    if (silent) throw new Error(`No answer from: ${silent}`);
    if (system.ended) throw new Error(system.ended);
    if (this.at - this.options.from <= look) this.watch.warm();
  }

  /** Waits until all is handled, and compares what was rejected with what could not be read. */
  private async settle(system: System, before: ReadonlyMap<string, number>): Promise<void> {
    await this.lookAfter(system);
    for (const [kind, { count, read }] of this.made) {
      if (read === 0 && count >= readWithin)
        throw new Error(
          `None of ${count} messages ${kind} could be read: what they are made from is out of date`,
        );
    }
    const { rejected } = await system.counts();
    let count = 0;
    for (const [key, value] of rejected) {
      const more = value - (before.get(key) ?? 0);
      if (more > 0) this.outcomes.set(`actor: ${key}`, more);
      if (/ (MALFORMED|VERSION|KIND|SCHEMA|SIZE)$/.test(key)) count += more;
    }
    if (count < this.invalid)
      throw new Error(`${this.invalid} messages could not be read, and ${count} were counted as rejected`);
  }

  private tally(kind: string, isRead: boolean): void {
    const { count, read } = this.made.get(kind) ?? { count: 0, read: 0 };
    this.made.set(kind, { count: count + 1, read: read + Number(isRead) });
  }

  private note({ kind, reason }: Outcome): void {
    const key = `${kind}: ${reason ?? "taken"}`;
    this.outcomes.set(key, (this.outcomes.get(key) ?? 0) + 1);
  }

  private async report(system: System, seconds: number): Promise<number> {
    const { seed, from } = this.options;
    const done = this.at - from;
    for (const [key, count] of [...this.outcomes].sort(([a], [b]) => (a < b ? -1 : 1)))
      console.log(`${String(count).padStart(9)}  ${key}`);
    const { busyMs, growth } = this.watch;
    console.log(
      `${done} messages of seed ${seed} in ${seconds.toFixed(0)} s (${Math.round(done / seconds)} a second); ` +
        `the run took ${await system.step()} steps; busy for ${Math.round(busyMs)} ms at most (of ${busyMsMax}), ` +
        `grown by ${Math.round(growth / 2 ** 20)} MiB at most (of ${growthMax / 2 ** 20})`,
    );
    if (this.failure === undefined) return 0;
    const { failure } = this;
    console.error(failure instanceof Error ? failure.stack : failure);
    const first = Math.max(from, this.at - 2 * batch);
    console.error(
      `Repeat it: npm run test:fuzz -- --seed ${seed} --from ${first} --messages ${this.at - first + batch}`,
    );
    return 1;
  }
}

function decodes({ expected, bytes }: Forged): boolean {
  try {
    decode(expected, bytes);
    return true;
  } catch {
    return false;
  }
}
