/** The filters of a sweep's points: a choice, or bounds, for each setting. */

import { type Sweep, settingPaths } from "../shared/sweep.ts";
import { choicesOf, type Filter } from "../shared/sweep-rows.ts";
import { byId, element } from "./dom.ts";

export class SweepFilters {
  readonly chosen = new Map<string, Filter>();
  private readonly onChange: () => void;
  private shown = "";

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** Offers the settings' values. Keeps the controls, and what is chosen, unless the values have changed. */
  offer({ points }: Sweep): void {
    const settings = settingPaths(points).map((path) => [path, choicesOf(path, points)] as const);
    const text = JSON.stringify(settings);
    if (text === this.shown) return;
    this.shown = text;
    this.chosen.clear();
    byId("filters").replaceChildren(
      ...settings
        .filter(([, choices]) => choices === null || choices.length > 1)
        .map(([path, choices]) => (choices ? this.choice(path, choices) : this.bounds(path))),
    );
  }

  private choice(path: string, choices: readonly string[]): HTMLElement {
    const select = element(
      "select",
      {},
      element("option", { value: "" }, "any"),
      // An index, since a value may be empty.
      ...choices.map((text, index) => element("option", { value: index }, text)),
    );
    select.addEventListener("change", () => {
      if (select.value === "") this.chosen.delete(path);
      else this.chosen.set(path, { is: choices[Number(select.value)]! });
      this.onChange();
    });
    return element("label", {}, `${path} `, select);
  }

  private bounds(path: string): HTMLElement {
    const bound = (name: string) =>
      element("input", { type: "number", step: "any", "aria-label": `${path} ${name}` });
    const [lowest, highest] = [bound("from"), bound("to")];
    const bounded = ({ value }: HTMLInputElement) => (value === "" ? null : Number(value));
    for (const input of [lowest, highest]) {
      input.addEventListener("input", () => {
        this.chosen.set(path, { lowest: bounded(lowest), highest: bounded(highest) });
        this.onChange();
      });
    }
    return element("span", {}, `${path} `, lowest, " to ", highest);
  }
}
