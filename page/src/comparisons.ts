/** The comparisons that pages show now, each kept in memory and looked at again for what has changed. */

import { goalDefault, runNames, type StoredConfig } from "@memnet/runs";
import { kept } from "@memnet/service";
import { parseCondition } from "memnet";
import { type ChosenRun, comparisonOf, type GroupedBy } from "./comparison.ts";
import { type Curves, OpenSweep, type Source, type SweepDataDeps } from "./open-sweep.ts";
import { isSameList } from "./same-list.ts";
import type { SweepNews } from "./shared/sweep.ts";
import type { Compared } from "./sweep-points.ts";

/** As many as pages that are open at the same time, in a small group of people. */
const openMax = 16;

const goal = parseCondition(goalDefault);

export interface Wanted {
  readonly runs: readonly string[];
  readonly by: GroupedBy;
}

export class Comparisons {
  private readonly deps: SweepDataDeps;
  private readonly open = new Map<string, OpenSweep>();

  constructor(deps: SweepDataDeps) {
    this.deps = deps;
  }

  /** @returns undefined if none of the runs exists */
  async news(wanted: Wanted, cursor: string, curves: Curves): Promise<SweepNews | undefined> {
    const key = JSON.stringify(wanted);
    const comparison = kept(this.open, key, openMax, () => new OpenSweep(this.source(wanted), this.deps));
    return (await comparison.look(curves.withSteps)) ? comparison.news(cursor, curves) : undefined;
  }

  private source({ runs, by }: Wanted): Source {
    let before: readonly StoredConfig[] = [];
    let compared: Compared | undefined;
    return async () => {
      const chosen: ChosenRun[] = [];
      const configs: StoredConfig[] = [];
      const there = new Set(await runNames(this.deps.disk, this.deps.root));
      for (const run of runs) {
        if (!there.has(run)) continue;
        const config = await this.deps.configOf(run);
        if (!config) continue;
        configs.push(config);
        chosen.push({ run, training: config.training });
      }
      // A configuration that has not changed is the same object.
      if (!isSameList(configs, before)) [before, compared] = [configs, comparisonOf(chosen, by, goal)];
      return configs.length === 0 ? undefined : compared;
    };
  }
}
