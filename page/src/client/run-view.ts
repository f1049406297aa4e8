/** A run's page: live figures and curves, its episodes and its architecture. */

import type { Cluster, Curves, Leader, ModelDetails, RunDetails } from "../shared/api.ts";
import { factsOf } from "../shared/facts.ts";
import { joined } from "../shared/plot.ts";
import { isUnderWay } from "../shared/state.ts";
import { askJson, runPath } from "./ask.ts";
import { showCluster } from "./cluster-view.ts";
import { CurvesView } from "./curves-view.ts";
import { byId, element } from "./dom.ts";
import { EpisodeView, noEpisodes } from "./episode-view.ts";
import { EventsView } from "./events-view.ts";
import { arrived, type FirstOfRun } from "./first.ts";
import { follow } from "./follow.ts";
import { showModel } from "./model-view.ts";

/** Curves that have grown beyond this many points are loaded again, thinned for the screen. */
const pointsMax = 4000;
/** So are those that have grown to this many times the steps that were loaded, so that all parts are thinned alike. */
const timesLoaded = 2;
/** Fewer steps are not thinned. */
const thinnedMin = 1000;

const againMs = 2000;

export async function showRun(first: FirstOfRun): Promise<void> {
  const [details, curves] = await Promise.all([first.details, first.curves]);
  await new LiveRun(details, curves, await arrived(first.model)).show(first.model);
}

class LiveRun {
  private details: RunDetails;
  private curves: Curves;
  private readonly view: CurvesView;
  private readonly events = new EventsView();
  private episodes: EpisodeView | undefined;
  /** The coordinator's current figures, which are ahead of the files. */
  private leader: Leader | null = null;
  /** The last step of the curves that were loaded at once. */
  private loadedTo = 0;

  /** @param model undefined if it has not arrived yet */
  constructor(details: RunDetails, curves: Curves, model: ModelDetails | undefined) {
    this.details = details;
    this.curves = curves;
    this.loadedTo = lastStep(curves);
    this.view = new CurvesView(curves, details, model);
  }

  async show(described: Promise<ModelDetails>): Promise<void> {
    this.showFacts();
    this.events.show(this.curves.events);
    this.following.open();
    const model = await described.catch((error: Error) => error);
    if (model instanceof Error) {
      byId("model").replaceChildren(element("p", { class: "note" }, model.message));
      noEpisodes(byId("episode"), model);
      return;
    }
    showModel(model);
    this.view.describe(model);
    this.episodes = new EpisodeView(byId("episode"), this.details, model);
    await this.episodes.begin("newest");
  }

  private readonly following = follow(
    () => `${runPath(this.details.run, "/live")}?from=${encodeURIComponent(this.curves.cursor)}`,
    {
      details: (details) => {
        this.details = details as RunDetails;
      },
      lines: (news) => void this.take(news as Curves),
      state: (said) => this.takeState(said as Pick<RunDetails, "state" | "reason">),
      cluster: (cluster) => this.takeCluster(cluster as Cluster | null),
      anew: () => {
        this.following.close();
        setTimeout(() => void this.anew(), againMs);
      },
    },
    () => !isUnderWay(this.details.state),
  );

  private takeCluster(cluster: Cluster | null): void {
    showCluster(cluster);
    this.leader = cluster?.coordinator ?? null;
    this.view.ahead(this.leader);
    this.showFacts();
  }

  /** Loads all curves again, because earlier lines were replaced, or because there are many more now. */
  private async anew(): Promise<void> {
    this.following.close();
    try {
      this.curves = await askJson<Curves>(runPath(this.details.run, "/curves"));
      this.loadedTo = lastStep(this.curves);
      this.view.show(this.curves, true);
      this.events.show(this.curves.events);
    } catch {
      // The server does not answer. Keep what is shown; the stream tries again.
    }
    this.following.open();
  }

  private async take(news: Curves): Promise<void> {
    this.curves = joined(this.curves, news);
    if (news.events.length > 0) this.events.show(this.curves.events);
    this.view.show(this.curves);
    this.showFacts();
    this.episodes?.checkpoints(this.details);
    if (this.isUneven()) await this.anew();
  }

  private isUneven(): boolean {
    const last = lastStep(this.curves);
    return (
      this.curves.training.steps.length > pointsMax ||
      last > timesLoaded * Math.max(this.loadedTo, thinnedMin)
    );
  }

  private takeState({ state, reason }: Pick<RunDetails, "state" | "reason">): void {
    this.details = { ...this.details, state, reason };
    byId("state").replaceChildren(element("span", { class: `state state-${state}` }, state));
    const said = byId("reason");
    said.textContent = reason ?? "";
    said.hidden = reason === null;
  }

  private showFacts(): void {
    byId("facts").replaceChildren(
      ...factsOf(this.details, this.curves, this.leader).map(({ name, value, unit }) =>
        element(
          "div",
          { class: "fact" },
          element("span", { class: "name" }, name),
          element("span", { class: "value" }, value),
          element("span", { class: "unit" }, unit),
        ),
      ),
    );
  }
}

function lastStep({ training }: Curves): number {
  return training.steps.at(-1) ?? 0;
}
