/** Commands that are printed can be pasted into a shell. */

/** Words that a POSIX shell reads as they are. */
const plain = /^[\w./:=@%+,-]+$/;

/** One word of a command line, quoted if a POSIX shell would read it as anything else. */
export function shellQuoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line of these words. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellQuoted).join(" ");
}
