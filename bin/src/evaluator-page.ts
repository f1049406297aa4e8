/** Gives an evaluator the runs' page, which neither knows the other. */

import type { ServePage } from "@memnet/evaluator";
import type { PageSettings } from "@memnet/page";

/** The page is loaded when it is served: an evaluator without one does not need it. */
export function evaluatorPage(settings: PageSettings): ServePage {
  return async ({ actor, ...served }) => {
    const { servePage, whoIsIn } = await import("@memnet/page");
    return servePage({ ...settings, ...served, log: actor.log, who: whoIsIn(actor) });
  };
}
