/** The light or dark theme, as set in the browser. */

import { darkTheme, lightTheme, type Theme } from "../shared/palette.ts";

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function theme(): Theme {
  return dark.matches ? darkTheme : lightTheme;
}

export function onTheme(draw: () => void): void {
  dark.addEventListener("change", draw);
}
