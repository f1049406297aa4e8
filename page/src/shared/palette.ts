/** Colours for light and dark backgrounds. Dashes and symbols make the same distinctions without colour. */

export interface Theme {
  readonly dark: boolean;
  readonly ground: string;
  readonly ink: string;
  readonly paleInk: string;
  readonly rule: string;
  readonly colours: readonly string[];
}

/** Okabe and Ito's palette, whose colours colour-blind people can tell apart. */
export const lightTheme: Theme = {
  dark: false,
  ground: "#ffffff",
  ink: "#1f2328",
  paleInk: "#59636e",
  rule: "#e3e8ed",
  colours: ["#0072b2", "#d55e00", "#009e73", "#b0569a", "#a67500", "#1f2328", "#3a8fc9", "#7a4a2b"],
};

/** The same hues, lighter. */
export const darkTheme: Theme = {
  dark: true,
  ground: "#12161c",
  ink: "#e6edf3",
  paleInk: "#9aa6b2",
  rule: "#2a323c",
  colours: ["#56b4e9", "#ff9d5c", "#3fcf9f", "#e79fcb", "#ecc04a", "#e6edf3", "#9ecbff", "#d0a98f"],
};

export const dashes: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [4, 2],
  [12, 4],
  [1, 3],
];

/** Returns the style of the n-th line. */
export function lineStyle(theme: Theme, index: number): { color: string; dash: readonly number[] } {
  return {
    color: theme.colours[index % theme.colours.length]!,
    dash: dashes[index % dashes.length]!,
  };
}
