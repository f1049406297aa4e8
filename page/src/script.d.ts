import type { BuildOptions } from "esbuild";

export const scriptOptions: BuildOptions;
export const scriptPattern: RegExp;
