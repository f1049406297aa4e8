/** Formats a sweep: a table of its points, and a line about its runs. */

import { isUnderWay, type SweepRecord, type SweepRunStanding } from "@memnet/protocol";
import { bestFirst, type Spread, spread, sweepRuns } from "@memnet/runs";
import { duration, figure, share, table, whole } from "@memnet/terminal";
import { conditionText } from "memnet";

/** The table of points, those first that reach the goal most often and soonest, and a line about the runs. */
export function sweepText(
  sweep: SweepRecord,
  standings: readonly SweepRunStanding[],
  secondsLeft?: number,
): string {
  return [
    pointsTable(sweep, standings),
    "Medians over the seeds: sequences up to the goal, and between the quartiles; wrong bits and exact at the best step.",
    runsLine(standings, secondsLeft),
  ].join("\n");
}

/** One point with the standings of its runs, in the order of the seeds. */
export interface PointStanding {
  readonly label: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly runs: readonly SweepRunStanding[];
  readonly reached: number;
  /** The sequences trained on before the goal was reached, over the runs that reached it. */
  readonly sequences: Spread | null;
  readonly wrongBits: Spread | null;
  readonly exact: Spread | null;
}

export function pointStandings(sweep: SweepRecord, standings: readonly SweepRunStanding[]): PointStanding[] {
  const byRun = new Map(standings.map((one) => [one.run, one]));
  const members = sweepRuns(sweep);
  return sweep.points.map(({ label, settings }) => {
    const runs = members.flatMap((one) => (one.label === label ? (byRun.get(one.run) ?? []) : []));
    return {
      label,
      settings,
      runs,
      reached: runs.filter(({ reached }) => reached !== null).length,
      sequences: spread(runs.map(sequencesOf)),
      wrongBits: spread(runs.map(({ best }) => best?.wrongBits ?? null)),
      exact: spread(runs.map(({ best }) => best?.exact ?? null)),
    };
  });
}

function sequencesOf({ reached, sequencesPerStep }: SweepRunStanding): number | null {
  return reached === null || sequencesPerStep === null ? null : reached * sequencesPerStep;
}

function pointsTable(sweep: SweepRecord, standings: readonly SweepRunStanding[]): string {
  const paths = [...new Set(sweep.points.flatMap(({ settings }) => Object.keys(settings)))];
  const sorted = pointStandings(sweep, standings).sort((a, b) => bestFirst(comparable(a), comparable(b)));
  const pruned = new Set(sweep.pruned.map(({ label }) => label));
  const rows = sorted.map((point) => [
    ...paths.map((path) => point.settings[path] ?? ""),
    `${point.runs.filter(isOver).length}/${point.runs.length}${pruned.has(point.label) ? " ended early" : ""}`,
    `${point.reached} of ${point.runs.length}`,
    point.sequences ? whole(point.sequences.median) : "",
    point.sequences ? `${whole(point.sequences.lower)}–${whole(point.sequences.upper)}` : "",
    point.wrongBits ? figure(point.wrongBits.median) : "",
    point.exact ? share(point.exact.median) : "",
  ]);
  const head = [
    ...paths,
    ">over",
    `>${conditionText(sweep.goal)}`,
    ">sequences",
    ">quartiles",
    ">wrong bits",
    ">exact",
  ];
  return table(head, rows);
}

function comparable({ runs, sequences, wrongBits }: PointStanding) {
  return { runs, spreads: { sequences, wrongBits } };
}

export function isOver({ state }: SweepRunStanding): boolean {
  return state === "ended" || state === "failed";
}

/** `7 of 20 runs are over, 2 train, 11 have not begun; 1 failed; about 3 min left` */
export function runsLine(standings: readonly SweepRunStanding[], secondsLeft?: number): string {
  const count = (is: (one: SweepRunStanding) => boolean) => standings.filter(is).length;
  const parts: [number, string][] = [
    [count(({ state }) => state !== null && isUnderWay(state)), "train"],
    [count(({ state }) => state === "stopped"), "stopped"],
    [count(({ state }) => state === null), "not begun"],
    [count(({ state }) => state === "failed"), "failed"],
  ];
  const others = parts.filter(([number]) => number > 0).map(([number, what]) => `${whole(number)} ${what}`);
  const left = secondsLeft === undefined ? [] : [`about ${duration(secondsLeft)} left`];
  return [`${whole(count(isOver))} of ${whole(standings.length)} runs are over`, ...others, ...left].join(
    ", ",
  );
}

/** One line about a run that is over. */
export function overLine({ run, state, step, best }: SweepRunStanding): string {
  const how = state === "failed" ? "failed" : "done";
  const figures = best
    ? `  best step ${whole(best.step)}: wrong bits ${figure(best.wrongBits)}, exact ${share(best.exact)}`
    : "";
  return `${run}: ${how} at step ${whole(step)}${figures}`;
}
