/** Shows how the configurations of two runs differ. */

import type { RunDetails } from "../shared/api.ts";
import { differencesOf } from "../shared/difference.ts";
import { askJson, runPath } from "./ask.ts";
import { byId, element } from "./dom.ts";
import { keepSelect } from "./stated-select.ts";
import { table } from "./table.ts";

/** @param runs the names to choose from */
export function showDifference(runs: readonly string[]): void {
  const [one, other] = [byId<HTMLSelectElement>("one"), byId<HTMLSelectElement>("other")];
  const draw = async () => {
    const names = [one.value, other.value];
    const found = await Promise.all(names.map((run) => askJson<RunDetails>(runPath(run)))).catch(
      (error: Error) => error,
    );
    byId("difference").replaceChildren(found instanceof Error ? note(found.message) : view(found));
  };
  keepSelect(one, "one", runs[0] ?? "", draw);
  keepSelect(other, "other", runs.at(-1) ?? "", draw);
  void draw();
}

function view([one, other]: readonly RunDetails[]): HTMLElement {
  const rows = differencesOf(settingsOf(one!), settingsOf(other!));
  if (rows.length === 0) return note("No setting differs.");
  return table({
    caption: "Settings that differ",
    heads: ["Setting", one!.run, other!.run],
    numbers: 0,
    rows: rows.map((row) => [row.path, row.one || "–", row.other || "–"]),
  });
}

function settingsOf({ training, operation, versions, machine }: RunDetails) {
  return { training, operation, versions, machine };
}

function note(text: string): HTMLElement {
  return element("p", { class: "note" }, text);
}
