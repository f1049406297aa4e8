/** The filters of a sweep's points: a choice, or bounds, for each setting. They are in the page's address. */

import { type Sweep, settingPaths } from "../shared/sweep.ts";
import { choicesOf, type Filter } from "../shared/sweep-rows.ts";
import { choose, move, onBack, stated } from "./address.ts";
import { byId, element } from "./dom.ts";

export class SweepFilters {
  private readonly onChange: () => void;
  /** The settings, with the values to choose from; null for a setting that has bounds instead. */
  private settings: readonly (readonly [path: string, choices: readonly string[] | null])[] = [];

  constructor(onChange: () => void) {
    this.onChange = onChange;
    onBack(() => {
      this.show();
      this.onChange();
    });
  }

  /** What is wanted of the settings, by path. */
  get chosen(): ReadonlyMap<string, Filter> {
    return new Map(
      this.settings.flatMap(([path, choices]): [string, Filter][] => {
        const is = stated(`is.${path}`);
        if (choices) return is !== null && choices.includes(is) ? [[path, { is }]] : [];
        const [lowest, highest] = [bound(`from.${path}`), bound(`to.${path}`)];
        return lowest === null && highest === null ? [] : [[path, { lowest, highest }]];
      }),
    );
  }

  /** Offers the settings' values. Keeps the controls unless the values have changed. */
  offer({ points }: Pick<Sweep, "points">): void {
    const settings = settingPaths(points)
      .map((path) => [path, choicesOf(path, points)] as const)
      .filter(([, choices]) => choices === null || choices.length > 1);
    if (JSON.stringify(settings) === JSON.stringify(this.settings)) return;
    this.settings = settings;
    this.show();
  }

  private show(): void {
    byId("filters").replaceChildren(
      ...this.settings.map(([path, choices]) => (choices ? this.choice(path, choices) : this.bounds(path))),
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
    const chosen = choices.indexOf(stated(`is.${path}`) ?? "");
    if (stated(`is.${path}`) !== null && chosen >= 0) select.value = String(chosen);
    select.addEventListener("change", () => {
      choose({ [`is.${path}`]: select.value === "" ? null : choices[Number(select.value)]! });
      this.onChange();
    });
    return element("label", {}, `${path} `, select);
  }

  private bounds(path: string): HTMLElement {
    const input = (side: "from" | "to") => {
      const name = `${side}.${path}`;
      const field = element("input", {
        ...{ type: "number", step: "any", "aria-label": `${path} ${side}`, value: stated(name) ?? "" },
      });
      field.addEventListener("input", () => {
        move({ [name]: field.value || null });
        this.onChange();
      });
      return field;
    };
    return element("span", {}, `${path} `, input("from"), " to ", input("to"));
  }
}

function bound(name: string): number | null {
  const text = stated(name);
  return text === null || !Number.isFinite(Number(text)) ? null : Number(text);
}
