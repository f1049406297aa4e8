/** How the page's script is made of client/: in plain JavaScript, for bin/bundle.js makes it ahead of time. */

/** esbuild's options beside the entry. */
export const scriptOptions = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "silent",
  define: { "process.env.NODE_ENV": '"production"' },
};

/** Beside the program's own bundle. */
export const scriptName = "page-script.js";
