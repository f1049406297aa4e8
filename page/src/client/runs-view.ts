/** The lists of sweeps and runs: to search, to filter, to sort, and to choose runs that are compared. */

import type { ListedRun } from "../shared/api.ts";
import { listOf, namesIn } from "../shared/query.ts";
import {
  orderIn,
  orderText,
  type RunColumn,
  type RunFilter,
  settingsText,
  wantedRuns,
} from "../shared/run-rows.ts";
import type { ListedSweep } from "../shared/sweep.ts";
import { figure, secondsText, share, shortDate, whole } from "../shared/text.ts";
import { choose, move, onBack, stated } from "./address.ts";
import { sayAway } from "./away.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { askLists, type Lists } from "./first.ts";
import { keepSelect } from "./stated-select.ts";

const everyMs = 2000;

/** Rows that are drawn first: more than a window shows, and few enough to appear at once. */
const rowsAtFirst = 40;

export async function showRuns(first: Promise<Lists>): Promise<void> {
  const view = new RunsView();
  let hasNews = await view.take(first, rowsAtFirst);
  if (view.length > rowsAtFirst) {
    await painted();
    view.draw();
  }
  // The server reads the evaluations of many long runs in several answers.
  while (hasNews && !view.isRead) hasNews = await view.take(askLists());
  setInterval(() => {
    if (!document.hidden) void view.take(askLists());
  }, everyMs);
}

/** Resolves once what was drawn can be seen. A hidden page is not painted, and need not wait. */
function painted(): Promise<unknown> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

interface Column {
  readonly by: RunColumn;
  readonly name: string;
  readonly isNumber?: true;
  /** Whether a narrow window has no room for it. */
  readonly isWide?: true;
  readonly cell: (run: ListedRun) => readonly (Node | string)[];
}

const columns: readonly Column[] = [
  { by: "state", name: "State", cell: ({ state, reason }) => [stateBadge(state, reason)] },
  {
    ...{ by: "step", name: "Step", isNumber: true, isWide: true },
    cell: ({ step, steps }) => [whole(step), element("span", { class: "beside" }, `of ${whole(steps)}`)],
  },
  { by: "wrongBits", name: "Wrong bits", isNumber: true, cell: atBest(({ wrongBits }) => figure(wrongBits)) },
  {
    ...{ by: "lossBits", name: "Loss", isNumber: true, isWide: true },
    cell: atBest(({ lossBits }) => figure(lossBits)),
  },
  { by: "exact", name: "Exact", isNumber: true, isWide: true, cell: atBest(({ exact }) => share(exact)) },
  { by: "seed", name: "Seed", isNumber: true, isWide: true, cell: ({ seed }) => [String(seed)] },
  { by: "settings", name: "Settings that differ", isWide: true, cell: (run) => [settingsText(run)] },
  {
    ...{ by: "seconds", name: "Duration", isNumber: true, isWide: true },
    cell: ({ seconds }) => [seconds === null ? "–" : secondsText(seconds)],
  },
  { by: "created", name: "Begun", isWide: true, cell: ({ created }) => [shortDate(created)] },
];

class RunsView {
  private runs: readonly ListedRun[] = [];
  private ticked = new Set(namesIn(stated("tick")));
  private shown = "";
  private readonly search = byId<HTMLInputElement>("search");
  private readonly filters = ["state", "task", "tag"].map((name) => ({
    name,
    select: byId<HTMLSelectElement>(`${name}-filter`),
  }));

  constructor() {
    this.search.value = stated("q") ?? "";
    this.search.addEventListener("input", () => {
      move({ q: this.search.value || null });
      this.draw();
    });
    for (const { select, name } of this.filters) {
      const wanted = stated(name) ?? "";
      offer(select, wanted === "" ? [] : [wanted]);
      keepSelect(select, name, "", () => this.draw());
    }
    byId("untick").addEventListener("click", () => this.tick([]));
    onBack(() => {
      this.search.value = stated("q") ?? "";
      this.ticked = new Set(namesIn(stated("tick")));
      this.draw();
    });
  }

  /** How many runs there are, drawn or not. */
  get length(): number {
    return this.runs.length;
  }

  /** Whether the server has read all evaluations. */
  get isRead(): boolean {
    return this.runs.every(({ isRead }) => isRead);
  }

  /**
   * Draws what the server answers, if it is new.
   *
   * @param rows how many at most; by default all
   * @returns    whether it was new
   */
  async take(asked: Promise<Lists>, rows?: number): Promise<boolean> {
    try {
      const { runs, sweeps } = await asked;
      sayAway(false);
      const text = JSON.stringify([runs, sweeps]);
      if (text === this.shown) return false;
      this.shown = text;
      this.runs = runs;
      showSweeps(sweeps);
      this.draw(rows);
      return true;
    } catch {
      sayAway(true);
      return false;
    }
  }

  draw(rows = Number.POSITIVE_INFINITY): void {
    const { runs } = this;
    const valuesOf: Readonly<Record<string, (run: ListedRun) => readonly string[]>> = {
      state: ({ state }) => [state],
      task: ({ task }) => [task],
      tag: ({ note }) => note.tags,
    };
    for (const { name, select } of this.filters) {
      const values = [...new Set(runs.flatMap(valuesOf[name]!))].sort();
      offer(select, values);
      // Nothing to choose, as long as no run has a tag.
      select.parentElement!.hidden = values.length === 0 && select.value === "";
    }
    const [state, task, tag] = this.filters.map(({ select }) => select.value);
    const filter: RunFilter = { search: this.search.value, state: state!, task: task!, tag: tag! };
    const order = orderIn(stated("sort"));
    const wanted = wantedRuns(runs, filter, order);
    byId("about").textContent =
      runs.length === 0
        ? "There are no runs yet. memnet train makes one."
        : `${whole(wanted.length)} of ${whole(runs.length)} runs, ${order ? "sorted" : "newest first"}. Wrong bits, loss in bits per sequence and exact sequences are of validation at the best step. The duration is up to the newest line.`;
    replaceKeepingFocus(byId("runs"), this.table(wanted, rows));
    this.offerComparison();
  }

  private offerComparison(): void {
    const chosen = this.runs.filter(({ run }) => this.ticked.has(run));
    const link = byId<HTMLAnchorElement>("compare");
    link.hidden = chosen.length < 1;
    byId("untick").hidden = this.ticked.size === 0;
    link.href = `/compare?runs=${chosen.map(({ run }) => run).join(",")}`;
    const tasks = new Set(chosen.map((run) => run.task)).size;
    const mixed = tasks > 1 ? ` of ${tasks} tasks, one task at a time` : "";
    link.textContent = `Compare ${whole(chosen.length)} run${chosen.length === 1 ? "" : "s"}${mixed}`;
  }

  private tick(names: Iterable<string>): void {
    this.ticked = new Set(names);
    choose({ tick: listOf(this.ticked) });
    this.draw();
  }

  private table(wanted: readonly ListedRun[], rows: number): HTMLElement {
    const all = element("input", {
      ...{ type: "checkbox", "aria-label": "All runs shown", "data-key": "all" },
      checked: wanted.length > 0 && wanted.every(({ run }) => this.ticked.has(run)),
    });
    all.addEventListener("change", () => {
      const names = new Set(this.ticked);
      for (const { run } of wanted) all.checked ? names.add(run) : names.delete(run);
      this.tick(names);
    });
    const heads = [{ by: "run" as const, name: "Run" }, ...columns].map((column) => this.head(column));
    return element(
      "table",
      { class: "runs listed" },
      element("thead", {}, element("tr", {}, element("td", {}, all), ...heads)),
      element("tbody", {}, ...wanted.slice(0, rows).map((run) => this.row(run))),
    );
  }

  private head({ by, name, isNumber, isWide }: Omit<Column, "cell">): HTMLElement {
    const order = orderIn(stated("sort"));
    const isSorted = order?.by === by;
    const sorted = isSorted ? (order.isDown ? "descending" : "ascending") : undefined;
    const button = element("button", { type: "button", class: "sort", "data-key": `sort ${by}` }, name);
    button.addEventListener("click", () => {
      choose({ sort: orderText({ by, isDown: isSorted && !order.isDown }) });
      this.draw();
    });
    return element("th", { scope: "col", class: kindOf(isNumber, isWide), "aria-sort": sorted }, button);
  }

  private row(listed: ListedRun): HTMLElement {
    const { run, network, task, note } = listed;
    const box = element("input", {
      ...{ type: "checkbox", "aria-label": `Compare ${run}`, "data-key": `tick ${run}` },
      checked: this.ticked.has(run),
    });
    box.addEventListener("change", () => {
      const names = new Set(this.ticked);
      box.checked ? names.add(run) : names.delete(run);
      this.tick(names);
    });
    const narrow = [`seed ${listed.seed}`, settingsText(listed)].filter(Boolean).join(", ");
    return element(
      "tr",
      {},
      element("td", {}, box),
      element(
        "th",
        { scope: "row" },
        element("a", { href: `/env/${run}`, "data-key": `run ${run}` }, run),
        element("span", { class: "below" }, `${network}, ${task}`, ...tagsOf(listed)),
        element("span", { class: "below narrow" }, narrow),
        ...(note.text === "" ? [] : [element("span", { class: "below remark" }, note.text)]),
      ),
      ...columns.map(({ cell, isNumber, isWide }) =>
        element("td", { class: kindOf(isNumber, isWide) }, ...cell(listed)),
      ),
    );
  }
}

function tagsOf({ note }: ListedRun): HTMLElement[] {
  return note.tags.map((tag) => element("span", { class: "tag" }, `#${tag}`));
}

function kindOf(isNumber = false, isWide = false): string | undefined {
  return [isNumber ? "number" : "", isWide ? "wide" : ""].filter(Boolean).join(" ") || undefined;
}

function atBest(text: (best: NonNullable<ListedRun["atBest"]>) => string): Column["cell"] {
  return ({ atBest, isRead }) => [isRead ? (atBest ? text(atBest) : "–") : "…"];
}

function stateBadge(state: string, reason: string | null): HTMLElement {
  return element("span", { class: `state state-${state}`, title: reason ?? "" }, state);
}

/** Offers the values beside the choice of any. Keeps what is chosen, even if no run has it now. */
function offer(select: HTMLSelectElement, values: readonly string[]): void {
  const chosen = select.value;
  const all = ["", ...new Set(chosen === "" ? values : [...values, chosen])];
  if (all.join("\n") === [...select.options].map(({ value }) => value).join("\n")) return;
  select.replaceChildren(...all.map((value) => element("option", { value }, value || "any")));
  select.value = chosen;
}

function showSweeps(sweeps: readonly ListedSweep[]): void {
  byId("sweeps-section").hidden = sweeps.length === 0;
  const count = (some: number | null, all: number) =>
    some === null ? ["–"] : [whole(some), " ", element("span", { class: "of" }, `of ${whole(all)}`)];
  const heads = ["Sweep", "Points × seeds", "Runs over", "Solved"].map((name, index) =>
    element("th", { scope: "col", class: kindOf(index > 0, index === 1) }, name),
  );
  const rows = sweeps.map(({ name, points, seeds, over, solved }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, element("a", { href: `/sweep/${name}`, "data-key": name }, name)),
      element("td", { class: "number wide" }, `${whole(points)} × ${whole(seeds)}`),
      element("td", { class: "number" }, ...count(over, points * seeds)),
      element("td", { class: "number" }, ...count(solved, points * seeds)),
    ),
  );
  replaceKeepingFocus(
    byId("sweeps"),
    element(
      "table",
      { class: "runs" },
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...rows),
    ),
  );
}
