/** Parses a service's /metrics page, in Prometheus' text format as prom-client writes it. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @throws RangeError for a line that is neither a comment nor a sample */
export function parseSamples(page: string): Sample[] {
  return page.split("\n").flatMap((line) => (line === "" || line.startsWith("#") ? [] : [sample(line)]));
}

/** The sum over all series of a metric with these labels; 0 if nothing was observed yet. */
export function total(
  samples: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const wanted = Object.entries(labels);
  return samples
    .filter((one) => one.name === name && wanted.every(([label, value]) => one.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

function sample(line: string): Sample {
  const [, name, labels, value] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  const number = value === undefined ? undefined : numberOf(value);
  if (name === undefined || number === undefined) {
    throw new RangeError(`Cannot read a metric: it must be NAME{LABELS} VALUE, got ${JSON.stringify(line)}`);
  }
  const pairs = [...(labels ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name,
    labels: Object.fromEntries(pairs.map(([, label, text]) => [label!, unescaped(text!)])),
    value: number,
  };
}

function numberOf(text: string): number | undefined {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  const value = Number(text);
  return Number.isNaN(value) && !/^nan$/i.test(text) ? undefined : value;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
