/** Makes every file in docs/results that is made from data: the pictures and the page. */

import { type Picture, svgText } from "@memnet/evaluator/svg";
import { beyondCurves, curves } from "./curves.ts";
import { readmeText } from "./readme.ts";
import { type Files, presetNames, type Result } from "./result.ts";

export function drawn(results: readonly Result[]): Files {
  const pictures = new Map<string, Picture>();
  for (const preset of presetNames) {
    const own = results.filter(({ record }) => record.preset === preset);
    if (own.length === 0) continue;
    pictures.set(`${preset}/curves.svg`, curves(preset, own));
    const beyond = beyondCurves(preset, own);
    if (beyond) pictures.set(`${preset}/beyond.svg`, beyond);
  }
  const svgs = [...pictures].map(([path, picture]) => [path, svgText(picture)] as const);
  return new Map([...svgs, ["README.md", readmeText(results, pictures)]]);
}
