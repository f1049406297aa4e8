/** Formats CSV as RFC 4180 quotes it, with line feeds between the rows. */

export type Field = string | number | null;

/** Returns a row with its line's end; null is an empty field. */
export function csvRow(fields: readonly Field[]): string {
  return `${fields.map((field) => quoted(String(field ?? ""))).join(",")}\n`;
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
