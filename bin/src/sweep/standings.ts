/** Asks the evaluator about sweeps. */

import { messages, type SweepRecord, type SweepRunStanding, subjects } from "@memnet/protocol";
import type { Messenger } from "@memnet/service";

/** The evaluator reads or writes files on a disk that may be slow. */
const answerMsMax = 30_000;

export async function storeSweep(messenger: Messenger, sweep: SweepRecord): Promise<void> {
  await messenger.ask(
    messages.storeSweep,
    messages.done,
    subjects.evaluator.storeSweep,
    { sweep },
    answerMsMax,
  );
}

export async function askStandings(messenger: Messenger, sweep: string): Promise<SweepRunStanding[]> {
  const found: SweepRunStanding[] = [];
  for (;;) {
    const question = { sweep, from: found.length };
    const { askStandings: ask, standings } = messages;
    const { fields } = await messenger.ask(
      ask,
      standings,
      subjects.evaluator.standings,
      question,
      answerMsMax,
    );
    found.push(...fields.runs);
    if (fields.runs.length === 0 || found.length >= fields.of) return found;
  }
}

export async function askSweeps(messenger: Messenger): Promise<readonly string[]> {
  const { listSweeps, sweepList } = messages;
  return (await messenger.ask(listSweeps, sweepList, subjects.evaluator.sweeps, {}, answerMsMax)).fields
    .names;
}

/** @returns null if there is no such sweep */
export async function sweepIfThere(messenger: Messenger, name: string): Promise<SweepRecord | null> {
  try {
    return await askSweep(messenger, name);
  } catch (error) {
    if ((error as { code?: unknown }).code === "SWEEP") return null;
    throw error;
  }
}

/** @throws RefusedError SWEEP if there is no such sweep */
async function askSweep(messenger: Messenger, name: string): Promise<SweepRecord> {
  const { askSweep: ask, sweepAnswer } = messages;
  return (await messenger.ask(ask, sweepAnswer, subjects.evaluator.sweep, { name }, answerMsMax)).fields
    .sweep;
}
