/** Shows the model's parts, with shapes and numbers of parameters. */

import type { ModelDetails } from "../shared/api.ts";
import { whole } from "../shared/text.ts";
import { byId, element } from "./dom.ts";
import { table } from "./table.ts";

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
      table({ caption: "Parts", heads: ["Part", "What it does", "Parameters"], numbers: 1, rows }),
      table({
        ...{ caption: "Parameters by tensor", heads: ["Tensor", "Shape", "Parameters"] },
        ...{ numbers: 1, rows: shapes },
      }),
    ),
  );
}
