/** The dashboards and the files that they are written to. */

import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { clusterBoard } from "./cluster-board.ts";
import { runBoard } from "./run-board.ts";
import { serviceBoard } from "./service-board.ts";

/** The folder that Grafana's provisioning reads. */
export const folder = new URL("./dashboards/", import.meta.url);

export const boards: Readonly<Record<string, Dashboard>> = {
  "cluster.json": clusterBoard,
  "run.json": runBoard,
  "service.json": serviceBoard,
};

/** Formats a dashboard as it is committed. */
export function textOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 1)}\n`;
}

export interface BoardQuery {
  /** The panel or the annotation that the query belongs to. */
  readonly panel: string;
  readonly expr: string;
}

/** Returns the queries of a dashboard's annotations. They have no value while there is nothing to mark. */
export function marksOf(dashboard: Dashboard): BoardQuery[] {
  return (dashboard.annotations?.list ?? []).map(({ name, expr }) => ({
    panel: `${dashboard.title}, ${name}`,
    expr: expr ?? "",
  }));
}

/** Returns the queries of a dashboard's panels. */
export function queriesOf(dashboard: Dashboard): BoardQuery[] {
  return (dashboard.panels ?? []).flatMap((panel) => {
    if (!("targets" in panel)) return [];
    return (panel.targets ?? []).map((target) => ({
      panel: `${dashboard.title}, ${panel.title}`,
      expr: String((target as { expr?: string }).expr),
    }));
  });
}
