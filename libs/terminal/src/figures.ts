/** Formats numbers for the reader. */

import { grouped } from "memnet";

/** Four significant digits, at most four after the point, and no exponent for the values that a run shows. */
export function figure(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return grouped(Math.round(value));
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4);
}

/** Three significant digits, for a line that has little room. */
export function brief(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const size = Math.abs(value);
  return size >= 1000 ? figure(value) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/**
 * A loss in bits, beside the least that any model can expect.
 *
 * @param floor in nats; null if the task has none
 */
export function lossText(lossBits: number, floor: number | null): string {
  const least = floor === null ? "" : ` (at least ${figure(floor / Math.LN2)})`;
  return `${figure(lossBits)} bits${least}`;
}

/** A share as a percentage. */
export function share(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

/** Rounds first, since the quartile of whole numbers may lie between two. */
export function whole(value: number): string {
  return grouped(Math.round(value));
}

/** An engine's error: three digits and a power of ten. */
export function scientific(value: number): string {
  return Number.isFinite(value) ? value.toExponential(2) : String(value);
}

/** A duration in its one or two largest units. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  const whole = Math.max(0, Math.round(seconds));
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const largest = units.findIndex(([, size]) => whole >= size);
  if (largest < 0) return "0 s";
  const [unit, size] = units[largest]!;
  const next = units[largest + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return `${Math.floor(whole / size)} ${unit}${next && rest > 0 ? ` ${rest} ${next[0]}` : ""}`;
}
