/** See ./bundle.js. */
export function bundled(root?: string): Promise<string | undefined>;
