/** See ./bundle.js. */
export function bundled(root?: string): Promise<string | undefined>;
export function build(
  root?: string,
): Promise<
  readonly { readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[] }[]
>;
