/** The page's default address. Users of the original program looked for its page on the same port. */

export const pagePortDefault = 8097;
export const pageHostDefault = "127.0.0.1";
