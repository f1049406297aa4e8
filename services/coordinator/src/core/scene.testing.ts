/** Test harness for the core: short methods for events, and effects as human-readable lines. */

import type { TreeNode } from "memnet";
import { Core, type CoreOptions } from "./core.ts";
import type { BranchSum, Effect, Event, Leave, Result } from "./events.ts";

export class Scene {
  readonly core: Core;
  now = 0;
  private token = 0;
  private parametersHash: string;

  constructor(options: Partial<CoreOptions> = {}) {
    this.parametersHash = options.parametersHash ?? "p0";
    this.core = new Core({
      leaves: 4,
      steps: 100,
      checkpointEvery: 50,
      evaluateEvery: 50,
      until: false,
      nonFinite: "skip",
      relaxed: false,
      fingerprint: "f",
      ownTask: null,
      step: 0,
      kept: 0,
      skipped: 0,
      parametersHash: this.parametersHash,
      leadWindow: 0,
      branchesFrom: 0,
      ...{ audit: 0, chance: () => 0.5, arbiter: false, audited: 0, excluded: [], suspects: [] },
      ...options,
    });
  }

  /** Advances time in ticks of 20 ms and collects the resulting effects. */
  pass(ms: number, beating: readonly string[] = []): string[] {
    const lines: string[] = [];
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 20;
      for (const trainer of beating) lines.push(...this.beats(trainer));
      lines.push(...this.on({ kind: "tick" }));
    }
    return lines;
  }

  joins(trainer: string, fingerprint = "f", batch = "b", machine = `m-${trainer}`): string[] {
    const fingerprints = [fingerprint, fingerprint] as const;
    const secret = secretOf(trainer);
    return this.on({ kind: "join", token: ++this.token, trainer, secret, machine, fingerprints, batch });
  }

  leaves(trainer: string, unable: { why: string; task: boolean } | null = null): string[] {
    return this.on({ kind: "goodbye", trainer, secret: secretOf(trainer), unable });
  }

  /** Sends a heartbeat; by default it names the nodes that the trainer holds. */
  beats(trainer: string, nodes?: readonly TreeNode[]): string[] {
    const held = this.core.present.find(({ id }) => id === trainer)?.nodes.map(nodeOf) ?? [];
    const secret = secretOf(trainer);
    return this.on({ kind: "heartbeat", trainer, secret, step: this.core.step + 1, nodes: nodes ?? held });
  }

  gives(trainer: string, node: string, more: Partial<Result> = {}, secret = secretOf(trainer)): string[] {
    return this.on({ kind: "result", result: this.resultOf(trainer, node, more), secret });
  }

  /** Reports the sum of a branch, and by default that it is of the nodes' own gradients. */
  sums(
    trainer: string,
    node: string,
    parts: string,
    more: Partial<BranchSum> = {},
    secret = secretOf(trainer),
  ) {
    const known = parts.split(" ").map((part) => ({ node: nodeOf(part), hash: `g${part}` }));
    const own = { trainer, step: this.core.step + 1, node: nodeOf(node), parts: known, hash: `s${node}` };
    const sum = { ...own, gradient: new Float32Array(1), allFinite: true, ...more };
    return this.on({ kind: "sum", sum, secret });
  }

  /** Reports what the coordinator's own engine has computed. */
  judges(node: string, more: Partial<Result> = {}): string[] {
    const result = this.resultOf("arbiter", node, { attempt: Number.MAX_SAFE_INTEGER, ...more });
    return this.on({ kind: "judged", step: result.step, node: result.node, result });
  }

  private resultOf(trainer: string, node: string, more: Partial<Result>): Result {
    const { lo, hi } = nodeOf(node);
    return {
      trainer,
      machine: `m-${trainer}`,
      step: this.core.step + 1,
      node: { lo, hi },
      parametersHash: this.parametersHash,
      batchHashes: Array.from({ length: hi - lo }, (_, index) => `b${this.core.step}.${lo + index}`),
      madeBy: Array.from({ length: hi - lo }, () => null),
      hash: `g${node}`,
      nonFinite: [],
      attempt: 0,
      sum: { gradient: new Float32Array(1), loss: 1 },
      ...more,
    };
  }

  /**
   * Reports that the updater has taken the step.
   *
   * @param sums the hashes of the nodes that it was to check
   */
  updates(loss: number | null = 1, sums: readonly string[] = []): string[] {
    const step = this.core.step + 1;
    this.parametersHash = `p${step}`;
    const record = { step, loss, gradientNorm: loss };
    return this.on({ kind: "updated", record, parametersHash: this.parametersHash, sums });
  }

  /** Takes `count` whole steps with one trainer alone. */
  steps(trainer: string, count: number): string[] {
    const lines: string[] = [];
    for (let index = 0; index < count; index++) lines.push(...this.gives(trainer, "0-4"), ...this.updates());
    return lines;
  }

  on(event: Event): string[] {
    return this.core.handle(event, this.now).map(line);
  }
}

function line(effect: Effect): string {
  switch (effect.kind) {
    case "broadcast": {
      const given = effect.assignments.map(({ trainer, nodes }) => `${trainer} ${nodes.map(name)}`);
      return `broadcast ${effect.step}: ${given.join("; ")}${effect.lead ? ` ${leave(effect.lead)}` : ""}`;
    }
    case "assign":
      return `assign ${effect.trainer} ${effect.nodes.map(name)}${effect.attempt > 0 ? ` attempt ${effect.attempt}` : ""}${effect.audit ? " audit" : ""}`;
    case "admit":
      return `admit at ${effect.step}: ${effect.nodes.map(name)}`.trimEnd();
    case "refuse":
      return `refuse ${effect.code}`;
    case "forged":
      return `forged ${effect.message}`;
    case "add":
      return `add ${effect.parts.map(({ node }) => name(node)).join(" ")}${effect.audited ? " audited" : ""}${effect.check.length > 0 ? `, check ${effect.check.map(name).join(" ")}` : ""}`;
    case "probe":
      return "probe";
    case "judge":
      return `judge ${name(effect.node)}`;
    case "doubt":
      return `doubt before ${effect.before}: ${effect.excluded.map(({ role, id, machine }) => `${role} ${id}${machine === null ? "" : ` and ${machine}`}`)}${effect.suspects.length > 0 ? `suspects ${effect.suspects}` : ""}`;
    case "back":
      return `back before ${effect.before}`;
    case "snapshot":
      return `snapshot ${effect.step}`;
    case "fix":
      return `fix ${effect.fingerprint}`;
    case "end":
      return `${effect.doubtFrom === undefined ? "" : `doubt from ${effect.doubtFrom}, `}${effect.state} at ${effect.step}${effect.reason ? `: ${effect.reason}` : ""}`;
    case "event":
      return `event ${effect.event}${effect.fields.for ? ` ${effect.fields.for}` : ""}`;
    case "verdict":
      return effect.verdict;
    case "reissue":
      return `reissue ${effect.reason}`;
  }
}

function leave({ until, begins, told }: Leave): string {
  return `${begins ? "leads" : told ? "told to lead" : "leading"} until ${until}`;
}

function name({ lo, hi }: TreeNode): string {
  return `${lo}-${hi}`;
}

/** The secret that a trainer draws. */
function secretOf(trainer: string): string {
  return `secret of ${trainer}`;
}

function nodeOf(text: string): TreeNode {
  const [lo, hi] = text.split("-").map(Number);
  return { lo: lo!, hi: hi! };
}
