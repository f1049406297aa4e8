/** How the page's scripts are made of client/: in plain JavaScript, for bin/bundle.js makes them ahead of time. */

/** esbuild's options beside the entry, main.ts, which loads the other scripts when a page needs them. */
export const scriptOptions = {
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "silent",
  define: { "process.env.NODE_ENV": '"production"' },
  outdir: "build",
  entryNames: "page-[name]",
  chunkNames: "page-[name]-[hash]",
};

/** Tells the page's scripts from the program's own, which lie beside them. */
export const scriptPattern = /^page-[\w-]+\.js$/;
