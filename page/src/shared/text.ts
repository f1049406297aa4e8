/** Formats figures, the same on the server and in the browser. */

/** Headings of the configuration's groups. */
export const figureNames = {
  training: "Training: decides the bits",
  operation: "Operation: may change",
  record: "Record",
} as const;

/** The heading of a run's episodes, and what to know about them if the network has no memory. */
export function episodeHeading(model: string): { title: string; note: string | null } {
  if (model !== "lstm") return { title: "The memory at work", note: null };
  const note = "This network has no memory: an episode shows its input, target, output and error.";
  return { title: "The network at work", note };
}

/** Formats a figure with four significant digits, or as a dash if there is none. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const text = String(Number(value.toPrecision(4)));
  return text.length <= 9 ? text : value.toExponential(2);
}

/** Formats a figure with three digits, which is enough for one that changes every second. */
export function brief(value: number): string {
  return value >= 100 || value === 0 ? String(Math.round(value)) : value.toPrecision(3);
}

export function msText(ms: number | null): string {
  if (ms === null) return "–";
  if (ms > 0 && ms < 0.01) return "< 0.01 ms";
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return ms >= 1000 ? `${brief(ms / 1000)} s` : `${brief(ms)} ms`;
}

/** Formats a duration in its largest unit: `40 s`, `3 min`, `2.5 h`, `3 d`. */
export function secondsText(seconds: number): string {
  const short = (value: number) => Number(value.toPrecision(2));
  if (seconds < 90) return `${seconds < 10 ? short(seconds) : Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${short(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${short(seconds / 3600)} h` : `${short(seconds / 86_400)} d`;
}

/** Rounds first, since the quartile of whole numbers may lie between two. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function share(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${Number((value * 100).toPrecision(3))} %`;
}

/** Formats a date like `2026-01-02 03:04 UTC`. */
export function shortDate(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : "–";
}
