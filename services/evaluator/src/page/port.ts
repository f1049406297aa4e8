/** Where the runs' page is served unless told otherwise: where the original's users looked for theirs. */

export const pagePortDefault = 8097;
export const pageHostDefault = "127.0.0.1";
