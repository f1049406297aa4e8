/** A run's state. Browsers do not load @memnet/protocol, which defines the states. */

/** Whether a run in this state is still in progress. */
export function isUnderWay(state: string): boolean {
  return state === "waiting" || state === "training";
}
