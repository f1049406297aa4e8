/** Saves a chart as a file: PNG at twice the size, or SVG. */

import { GraphicComponent, LegendComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { chartPicture, type FramedChart } from "../shared/chart-picture.ts";
import { type Picture, svgText } from "../shared/svg.ts";
import { element } from "./dom.ts";

use([GraphicComponent, LegendComponent, CanvasRenderer]);

const formats = ["PNG", "SVG"] as const;

/**
 * Returns a button for each format.
 *
 * @param name  the file's name, without its ending
 * @param chart called when the chart is saved
 */
export function saveButtons(name: string, chart: () => FramedChart): HTMLElement {
  const buttons = formats.map((format) => {
    const about = `Save as ${format}: ${name}`;
    const button = element("button", { type: "button", class: "save", "aria-label": about }, format);
    button.addEventListener("click", async () => {
      const picture = chartPicture(chart());
      const file = format === "SVG" ? svgFile(picture) : await pngFile(picture);
      save(file, `${name}.${format.toLowerCase()}`);
    });
    return button;
  });
  return element("span", { class: "saves" }, ...buttons);
}

function svgFile(picture: Picture): Blob {
  return new Blob([svgText(picture)], { type: "image/svg+xml" });
}

function pngFile({ width, height, option }: Picture): Promise<Blob> {
  const chart = init(element("div"), null, { width, height });
  chart.setOption(option);
  return new Promise((resolve, reject) => {
    chart.renderToCanvas({ pixelRatio: 2 }).toBlob((blob) => {
      chart.dispose();
      if (blob) resolve(blob);
      else reject(new Error("The browser cannot make a PNG file"));
    });
  });
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  element("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
