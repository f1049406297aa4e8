/** The look that all charts share. */

import type { Theme } from "./palette.ts";

/** The fonts of the page itself, for the canvas. */
export const chartFont = {
  fontFamily: "system-ui, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif",
};

/** Draws the text on the canvas: an HTML tooltip would need styles that the page's security policy forbids. */
export function tooltipLook(theme: Theme) {
  return {
    renderMode: "richText" as const,
    confine: true,
    backgroundColor: theme.ground,
    borderColor: theme.rule,
    textStyle: { color: theme.ink, fontSize: 12 },
  };
}
