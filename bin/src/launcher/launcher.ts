/** Starts a run's services as processes, keeps them up, and stops them in order. */

import { CommandError, exitCodes } from "../exit.ts";
import { complain } from "../output.ts";
import { Child, type ChildEvents, restartText } from "./child.ts";
import { type Ended, endText } from "./restart.ts";
import type { ServiceName, ServicePlan } from "./services.ts";

/** Why the services are to be stopped. */
export type Outcome =
  /** The coordinator has ended: 0 or 3. */
  | { readonly kind: "over"; readonly code: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "give-up"; readonly why: string; readonly code: number };

/** In this order: what is stopped later is still needed by what is stopped before. */
const stopOrder: readonly { readonly services: readonly ServiceName[]; readonly withinMs: number }[] = [
  // Until its snapshot is acknowledged, on a disk that may be slow.
  { services: ["coordinator"], withinMs: 30_000 },
  { services: ["trainer", "data-env"], withinMs: 5000 },
  // Until what it was told is on the disk.
  { services: ["evaluator"], withinMs: 30_000 },
  { services: ["broker"], withinMs: 5000 },
];

export class Launcher {
  private readonly env: NodeJS.ProcessEnv;
  private readonly children: Child[] = [];
  private settle!: (outcome: Outcome) => void;
  /** Resolves once something asks for the end. */
  readonly outcome: Promise<Outcome>;

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env;
    this.outcome = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  start(plan: ServicePlan): void {
    const events: ChildEvents = {
      erred: (child, text) => complain(`${child.plan.title}: ${text}`),
      restarts: (child, ended, afterMs) => complain(restartText(child, ended, afterMs)),
      ended: (child, verdict, ended) => this.ended(child, verdict, ended),
    };
    const child = new Child(plan, this.env, events);
    this.children.push(child);
    child.start();
  }

  /** Those that run. */
  processes(): { readonly plan: ServicePlan; readonly pid: number }[] {
    return this.children.flatMap(({ plan, pid }) => (pid === undefined ? [] : [{ plan, pid }]));
  }

  interrupt(): void {
    this.settle({ kind: "interrupted" });
  }

  /** Stops every process, the ones that others need last. */
  async stop(): Promise<void> {
    for (const { services, withinMs } of stopOrder) {
      const due = this.children.filter(({ plan }) => services.includes(plan.service));
      await Promise.all(
        due.map(async (child) => {
          if (await child.stop(withinMs)) return;
          complain(`${child.plan.title} did not end within ${withinMs / 1000} s and was killed`);
          if (child.plan.service === "coordinator")
            complain("The steps since its last checkpoint will be made again.");
        }),
      );
    }
  }

  /** Ends every process at once. */
  kill(): void {
    for (const child of this.children) child.kill();
  }

  private ended(child: Child, verdict: Parameters<ChildEvents["ended"]>[1], ended: Ended): void {
    if (verdict.kind === "over") {
      this.settle({ kind: "over", code: ended.code ?? exitCodes.failure });
      return;
    }
    const { title } = child.plan;
    const why = `Cannot train without ${title}: ${verdict.why}, ${endText(ended)}`;
    const refused = ended.code === exitCodes.usage;
    const words = child.lastWords;
    // A refusal is one error, which is on the terminal already; what came before it explains nothing.
    const said =
      refused && child.hasErred ? ", for the reason above" : words === "" ? "" : `. It said:\n${words}`;
    this.settle({
      kind: "give-up",
      why: why + said,
      code: refused ? exitCodes.usage : exitCodes.failure,
    });
  }
}

/** MEMNET_PROGRAM is this program itself: see bin/memnet.js. */
const handedOn: ReadonlySet<string> = new Set(["MEMNET_MACHINE", "MEMNET_LOG_LEVEL", "MEMNET_PROGRAM"]);

/**
 * The environment of a launcher's processes: its own, without what would configure them behind its back.
 *
 * @param url of the broker; null where none is reached by the environment
 */
export function serviceEnvironment(env: NodeJS.ProcessEnv, url: string | null): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) =>
    name.startsWith("MEMNET_") ? handedOn.has(name) : !name.startsWith("NATS_"),
  );
  return { ...Object.fromEntries(kept), ...(url === null ? {} : { NATS_URL: url }), MEMNET_LAUNCHED: "1" };
}

/**
 * Rejects once the launcher gives up, so that nobody waits for what will not come.
 *
 * @param aim what the work leads to, for the message
 */
export async function unlessOver<T>(launcher: Launcher, work: Promise<T>, aim = "the run began"): Promise<T> {
  const over = launcher.outcome.then((outcome): never => {
    switch (outcome.kind) {
      case "give-up":
        throw new CommandError(outcome.why, { exitCode: outcome.code });
      case "over":
        throw new CommandError(`The coordinator ended with exit code ${outcome.code} before ${aim}`);
      case "interrupted":
        throw new CommandError(`Interrupted before ${aim}`, { exitCode: exitCodes.interrupted });
    }
  });
  return Promise.race([work, over]);
}
