/**
 * @param head  the columns' titles; a column whose title begins with '>' is aligned to the right
 * @param rows  each with as many cells as there are titles
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = head.map((title) => title.startsWith(">"));
  const titles = head.map((title) => title.replace(/^>/, ""));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (right[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [titles, ...rows].map(line).join("\n");
}
