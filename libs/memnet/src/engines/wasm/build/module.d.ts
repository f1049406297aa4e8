/** The compiled module in base64; `npm run build:wasm` writes module.js from libs/memnet/assembly. */
export const base64: string;
