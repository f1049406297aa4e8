/** Formats a whole number for people: 1,234,567. `toLocaleString` would spend 40 ms on its first number. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
