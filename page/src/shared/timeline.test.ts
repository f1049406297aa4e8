import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "./api.ts";
import { darkTheme } from "./palette.ts";
import { kindOf, timelineOption, timelineText } from "./timeline.ts";

const events: readonly RunEvent[] = [
  { time: "2026-01-01T00:00:00.000Z", event: "joined", text: "trainer a" },
  { time: "2026-01-01T00:00:09.500Z", event: "lost", text: "trainer a" },
  { time: "2026-01-01T00:00:10.000Z", event: "recovered", text: "after trainer" },
];

test("kindOf() distinguishes faults and recoveries from normal events", () => {
  assert.deepEqual(events.map(kindOf), ["course", "fault", "recovery"]);
  assert.equal(kindOf({ event: "constructor" }), "course");
});

test("timelineOption() puts each event at its time in the row of its kind", () => {
  const series = timelineOption(events, darkTheme).series as { id: string; data: { value: unknown[] }[] }[];
  const marks = series.map(({ id, data }) => [id, data.map(({ value }) => value[0])]);
  assert.deepEqual(
    Object.fromEntries(marks),
    Object.fromEntries(events.map((event) => [kindOf(event), [Date.parse(event.time)]])),
  );
});

test("timelineText() counts each kind of event, and names the newest fault", () => {
  assert.equal(
    timelineText(events),
    "Time line of 3 events: 1 fault, 1 recovery. The newest fault: lost at 2026-01-01 00:00:09.",
  );
  assert.equal(timelineText([]), "Time line of 0 events: 0 faults, 0 recoveries.");
});
