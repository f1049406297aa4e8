/** Quotes printed commands, so that they can be pasted into a shell. */

/** Words that need no quotes in a POSIX shell. */
const plain = /^[\w./:=@%+,-]+$/;

/** Quotes a word of a command line if a POSIX shell would not read it literally. */
export function shellQuoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins words into a command line. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellQuoted).join(" ");
}
