/** See ./bundle.js. */
export function bundled(root?: string): Promise<string | undefined>;
export interface Built {
  readonly outputFiles: readonly { readonly path: string; readonly contents: Uint8Array }[];
  /** The files that these were made from, as paths from the root. */
  readonly metafile: { readonly inputs: Readonly<Record<string, unknown>> };
}
export function build(root?: string): Promise<readonly Built[]>;
