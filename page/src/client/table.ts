/** A table that scrolls horizontally if it is wider than the page. */

import { element } from "./dom.ts";

export interface TableContent {
  readonly caption: string;
  readonly heads: readonly string[];
  /** How many of the last columns are numeric. */
  readonly numbers: number;
  readonly rows: readonly (readonly string[])[];
}

export function table({ caption, heads, numbers, rows }: TableContent): HTMLElement {
  const kind = (index: number) => (index >= heads.length - numbers ? "number" : undefined);
  const head = heads.map((text, index) => element("th", { scope: "col", class: kind(index) }, text));
  const body = rows.map(([first = "", ...rest]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first),
      ...rest.map((text, index) => element("td", { class: kind(index + 1) }, text)),
    ),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...body),
    ),
  );
}
