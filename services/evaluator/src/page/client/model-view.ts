/** What the model is made of, with shapes and numbers of parameters. */

import type { ModelDetails } from "../shared/api.ts";
import { whole } from "../shared/text.ts";
import { byId, element } from "./dom.ts";

export function showModel({ parts, parameters, tensors }: ModelDetails): void {
  const rows = [
    ...parts.map(({ part, detail, parameters }) => [part, detail, parameters > 0 ? whole(parameters) : ""]),
    ["total", "", whole(parameters)],
  ];
  const shapes = tensors.map(({ name, shape }) => [
    name,
    shape.join(" × "),
    whole(shape.reduce((product, size) => product * size, 1)),
  ]);
  byId("model").replaceChildren(
    element(
      "div",
      { class: "columns" },
      table("Parts", ["Part", "What it does", "Parameters"], rows),
      table("Parameters by tensor", ["Tensor", "Shape", "Parameters"], shapes),
    ),
  );
}

function table(caption: string, heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const last = heads.length - 1;
  const head = element(
    "tr",
    {},
    ...heads.map((text, index) =>
      element("th", { scope: "col", class: index === last ? "number" : undefined }, text),
    ),
  );
  const body = rows.map(([first = "", ...rest]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first),
      ...rest.map((text, index) => element("td", { class: index + 1 === last ? "number" : undefined }, text)),
    ),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, head),
      element("tbody", {}, ...body),
    ),
  );
}
