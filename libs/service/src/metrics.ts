/** The metrics of one process for Prometheus: its own registry, with one metric per name. */

import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  type Metric,
  Registry,
} from "prom-client";

const namePrefix = "memnet_";

/** From 0.5 ms to 16 s, doubling: from a phase of a small step to the longest step allowed. */
const secondsBuckets = Array.from({ length: 16 }, (_, doublings) => 0.0005 * 2 ** doublings);

/** Reads a gauge's values by the value of its label. */
type ReadAll = () => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>;

export interface Metrics {
  readonly registry: Registry;
  /** `name` has no memnet_ prefix and ends in _total. */
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** A gauge read at each scrape. If a name is registered again, the last reader counts. */
  measured(name: string, help: string, read: () => number | Promise<number>): void;
  /** The same for one label: a series for each of its values. */
  measuredBy(name: string, help: string, label: string, read: ReadAll): void;
  /** @param buckets upper bounds in the metric's unit; 0.5 ms to 16 s if omitted */
  histogram<L extends string>(
    name: string,
    help: string,
    labels?: readonly L[],
    buckets?: readonly number[],
  ): Histogram<L>;
  /**
   * Removes every series with this label value. It keeps the number of label values from growing with the number of
   * runs.
   */
  forget(label: string, value: string): Promise<void>;
}

export interface MetricsOptions {
  /** The value of the label `service` on every metric. */
  readonly service: string;
  /**
   * Also measures this process's memory, event loop lag and garbage collection; tests with many registries turn it off.
   */
  readonly processMetrics?: boolean;
}

/** Creates a registry. Asking twice for a name returns the same metric; asking for another kind throws a RangeError. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  /** Excludes the process metrics, which are measured again at each read. */
  const own: Metric[] = [];
  const readers = new Map<string, () => number | Promise<number>>();
  const maps = new Map<string, ReadAll>();
  if (options.processMetrics ?? true) measureProcess(registry);

  function once<M extends Metric, Options>(
    kind: new (options: Options) => M,
    name: string,
    options: Omit<Options, "name" | "registers">,
  ): M {
    const full = namePrefix + name;
    const known = registry.getSingleMetric(full);
    if (known instanceof kind) return known;
    if (known)
      throw new RangeError(
        `Cannot make the metric ${full}: a name has one kind, this one is another already`,
      );
    const made = new kind({ ...options, name: full, registers: [registry] } as Options);
    own.push(made);
    return made;
  }
  return {
    registry,
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      once<Counter<L>, CounterConfiguration<L>>(Counter, name, { help, labelNames }),
    gauge: <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
      once<Gauge<L>, GaugeConfiguration<L>>(Gauge, name, { help, labelNames }),
    measured(name, help, read) {
      readers.set(name, read);
      once<Gauge, GaugeConfiguration<string>>(Gauge, name, {
        help,
        async collect() {
          this.set(await readers.get(name)!());
        },
      });
    },
    measuredBy(name, help, label, read) {
      maps.set(name, read);
      once<Gauge<string>, GaugeConfiguration<string>>(Gauge, name, {
        help,
        labelNames: [label],
        async collect() {
          for (const [value, number] of await maps.get(name)!()) this.set({ [label]: value }, number);
        },
      });
    },
    histogram: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[] = [],
      buckets: readonly number[] = secondsBuckets,
    ) =>
      once<Histogram<L>, HistogramConfiguration<L>>(Histogram, name, {
        help,
        labelNames,
        buckets: [...buckets],
      }),
    async forget(label, value) {
      for (const metric of own) {
        for (const labels of await seriesOf(metric)) if (labels[label] === value) metric.remove(labels);
      }
    },
  };
}

/**
 * Measures the process, without the library's gauges that end in _total: Prometheus reserves that suffix for counters,
 * and they are sums of other series.
 */
function measureProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix: namePrefix });
  for (const { name } of registry.getMetricsAsArray()) {
    const isCounter = registry.getSingleMetric(name) instanceof Counter;
    if (name.endsWith("_total") && !isCounter) registry.removeSingleMetric(name);
  }
}

/**
 * Starts these series of a counter at 0. For a series that starts with its first event, Prometheus would not show that
 * increase.
 */
export function fromZero<L extends string>(
  counter: Counter<L>,
  series: readonly Partial<Record<L, string>>[] = [{}],
): Counter<L> {
  for (const labels of series) counter.inc(labels, 0);
  return counter;
}

/** Returns the labels of each of a metric's series. For a histogram they repeat for each bucket. */
async function seriesOf(metric: Metric): Promise<Partial<Record<string, string | number>>[]> {
  const { values } = await metric.get();
  return values.map(({ labels }) => {
    const { le: _bucket, ...own } = labels as Partial<Record<string, string | number>>;
    return own;
  });
}

/** Exports the program's version: the value is 1, the facts are in the labels. */
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
