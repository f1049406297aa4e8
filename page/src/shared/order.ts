/** Sorts rows by a value that some of them lack. */

export type SortValue = string | number | undefined;

/** Numbers come before texts, and rows without a value last in both directions. */
export function sortedBy<Row>(rows: readonly Row[], keyOf: (row: Row) => SortValue, isDown: boolean): Row[] {
  const values = new Map(rows.map((row) => [row, keyOf(row)]));
  return rows.toSorted((a, b) => {
    const [one, other] = [values.get(a), values.get(b)];
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined);
    return compared(one, other) * (isDown ? -1 : 1);
  });
}

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}
