/** The figures of one process for Prometheus: a registry of its own, each metric made once by name. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, type Metric, Registry } from "prom-client";

const PREFIX = "memnet_";

/** 0.5 ms to 16 s, each twice the one before: from a phase of a small step to the longest that a step may take. */
const SECONDS_BUCKETS = Array.from({ length: 16 }, (_, doublings) => 0.0005 * 2 ** doublings);

export interface Metrics {
  readonly registry: Registry;
  /** `name` comes without the prefix memnet_ and ends in _total. */
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** A gauge that is read when it is scraped; the last reader of a name counts. */
  measured(name: string, help: string, read: () => number): void;
  /** @param buckets upper bounds in the metric's unit; 0.5 ms to 16 s where it is left out */
  histogram<L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ): Histogram<L>;
  /** Every series with this label goes: what it was about is over, and labels must not grow with the runs. */
  forget(label: string, value: string): Promise<void>;
}

export interface MetricsOptions {
  /** Label `service` on every metric. */
  readonly service: string;
  /** Also memory, loop lag, collections of this process; off for the many registries of a test. */
  readonly processMetrics?: boolean;
}

/** Asking twice for one name gives the same metric; under another kind it is a RangeError. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  /** Without those of the process, which are measured anew whenever they are read. */
  const own: Metric[] = [];
  const readers = new Map<string, () => number>();
  if (options.processMetrics ?? true) measureProcess(registry);

  function once<M extends Metric>(
    name: string,
    kind: new (...args: never[]) => M,
    make: (full: string) => M,
  ) {
    const full = PREFIX + name;
    const known = registry.getSingleMetric(full);
    if (known === undefined) {
      const made = make(full);
      own.push(made);
      return made;
    }
    if (known instanceof kind) return known;
    throw new RangeError(`Cannot make the metric ${full}: a name has one kind, this one is another already`);
  }
  return {
    registry,
    counter: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      once<Counter<L>>(
        name,
        Counter,
        (full) => new Counter({ name: full, help, labelNames: labels, registers: [registry] }),
      ),
    gauge: <L extends string>(name: string, help: string, labels: readonly L[] = []) =>
      once<Gauge<L>>(
        name,
        Gauge,
        (full) => new Gauge({ name: full, help, labelNames: labels, registers: [registry] }),
      ),
    measured(name, help, read) {
      readers.set(name, read);
      once<Gauge>(
        name,
        Gauge,
        (full) =>
          new Gauge({
            name: full,
            help,
            registers: [registry],
            collect() {
              this.set(readers.get(name)!());
            },
          }),
      );
    },
    histogram: <L extends string>(
      name: string,
      help: string,
      labels: readonly L[] = [],
      buckets: readonly number[] = SECONDS_BUCKETS,
    ) =>
      once<Histogram<L>>(
        name,
        Histogram,
        (full) =>
          new Histogram({
            name: full,
            help,
            labelNames: labels,
            buckets: [...buckets],
            registers: [registry],
          }),
      ),
    async forget(label, value) {
      for (const metric of own) {
        for (const labels of await seriesOf(metric)) if (labels[label] === value) metric.remove(labels);
      }
    },
  };
}

/** Without the library's gauges that end in _total, which Prometheus keeps for counters: they are sums of other series. */
function measureProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  for (const { name } of registry.getMetricsAsArray()) {
    const isCounter = registry.getSingleMetric(name) instanceof Counter;
    if (name.endsWith("_total") && !isCounter) registry.removeSingleMetric(name);
  }
}

/** These series of a counter begin at 0: one that begins with its first event shows Prometheus no increase then. */
export function fromZero<L extends string>(
  counter: Counter<L>,
  series: readonly Partial<Record<L, string>>[] = [{}],
): Counter<L> {
  for (const labels of series) counter.inc(labels, 0);
  return counter;
}

/** The labels of each of a metric's series; a histogram's come once for each bucket. */
async function seriesOf(metric: Metric): Promise<Partial<Record<string, string | number>>[]> {
  const { values } = await metric.get();
  return values.map(({ labels }) => {
    const { le: _bucket, ...own } = labels as Partial<Record<string, string | number>>;
    return own;
  });
}

/** Says which program this is: 1, with what matters in its labels. */
export function buildInfo(metrics: Metrics, version: string | undefined): void {
  metrics
    .gauge("build_info", "1; the program's version and what runs it", ["version", "node", "platform"])
    .set(
      {
        version: version ?? "unknown",
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      },
      1,
    );
}
