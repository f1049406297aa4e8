/** Announces which runs folder an evaluator serves, and detects evaluators of other folders. */

import { type Fields, messages, subjects } from "@memnet/protocol";
import { type Actor, every, sayHello, sleep, throttled } from "@memnet/service";
import { OtherFolderError } from "./errors.ts";

type Announced = Fields<typeof messages.evaluatorAnnounce>;

/** How long a new evaluator listens; one that is already running answers a hello at once. */
const listenMsDefault = 300;
const announceMs = 1000;
/** Hellos are answered at most this often, however many there are. */
const helloMs = 100;

export class Presence {
  private readonly actor: Actor;
  private readonly root: string;
  private readonly folder: string;
  /** The generation it serves; 0 while it looks for other evaluators. */
  private generation = 0;
  private readonly stops: (() => void)[] = [];
  private other: Announced | undefined;
  private onNewer: () => void = () => {};
  private hello: () => void = () => {};

  constructor(actor: Actor, root: string, folder: string) {
    this.actor = actor;
    this.root = root;
    this.folder = folder;
  }

  /**
   * Listens for other evaluators.
   *
   * @throws OtherFolderError if one serves another folder
   */
  async look(signal: AbortSignal, listenMs = listenMsDefault): Promise<void> {
    const { messenger, clock } = this.actor;
    const greeting = throttled(clock, helloMs, () => this.announce());
    this.stops.push(() => greeting.stop());
    const hearing = [
      messenger.hear(messages.evaluatorAnnounce, subjects.evaluator.announce, (other) => this.hear(other)),
      messenger.hear(messages.hello, subjects.hello, ({ id }) => {
        if (id !== messenger.id) greeting.call();
      }),
    ];
    for (const one of hearing) this.stops.push(() => one.stop());
    messenger.bus.onReconnect(() => this.announce());
    this.hello = sayHello(this.actor, () => null);
    this.announce();
    await sleep(clock, listenMs, signal);
    if (this.other) throw new OtherFolderError(this.root, this.other);
    // From now on, new evaluators find this one here; the true generation follows in a moment.
    this.generation = 1;
  }

  /**
   * Announces that this evaluator serves the folder.
   *
   * @param onNewer called when a higher generation of this folder announces itself
   */
  serves(generation: number, onTick: () => void, onNewer: () => void): void {
    this.generation = generation;
    this.onNewer = onNewer;
    this.announce();
    // A client still waiting for an earlier evaluator's answer now asks this one.
    this.hello();
    this.stops.push(
      every(this.actor.clock, announceMs, () => {
        this.announce();
        onTick();
      }),
    );
  }

  stop(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  private announce(): void {
    const { messenger, machine } = this.actor;
    const { folder, generation } = this;
    const fields = { id: messenger.id, machine, folder, generation };
    messenger.send(messages.evaluatorAnnounce, subjects.evaluator.announce, fields);
  }

  private hear(other: Announced): void {
    const { messenger, log } = this.actor;
    if (other.id === messenger.id) return;
    if (other.folder === this.folder) {
      if (other.generation > this.generation) this.onNewer();
      return;
    }
    if (this.generation === 0) {
      // If two start at the same moment, the one with the smaller id continues.
      if (other.generation > 0 || other.id < messenger.id) this.other = other;
    } else if (other.generation > 0) {
      log.error("Another evaluator serves another runs folder", { ...other });
    }
  }
}
