/** A short piece of a line, for legends. */

import { lineStyle } from "../shared/palette.ts";
import { theme } from "./theme.ts";

/** @param index the line's position, which decides colour and dashes */
export function sample(index: number): SVGElement {
  const names = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(names, "svg");
  const line = document.createElementNS(names, "line");
  const { color, dash } = lineStyle(theme(), index);
  const attributes = { x1: 0, x2: 28, y1: 5, y2: 5, stroke: color, "stroke-width": 2.5 };
  for (const [name, value] of Object.entries(attributes)) line.setAttribute(name, String(value));
  if (dash.length > 0) line.setAttribute("stroke-dasharray", dash.join(" "));
  picture.setAttribute("viewBox", "0 0 28 10");
  picture.setAttribute("aria-hidden", "true");
  picture.append(line);
  return picture;
}
