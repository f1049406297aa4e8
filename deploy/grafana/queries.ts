/** Query expressions that are used more than once. */

/** Grafana's own window, which covers several scrapes and is at least as wide as a pixel. */
export const window = "$__rate_interval";

export function rate(counter: string, by: string): string {
  return `sum by (${by}) (rate(${counter}[${window}]))`;
}

export function increase(counter: string, by: string): string {
  return `sum by (${by}) (increase(${counter}[${window}]))`;
}

/** The mean of a histogram's observations; no value if there were none. */
export function mean(histogram: string, selector: string, by: string): string {
  const of = (part: string) => rate(`${histogram}_${part}${selector}`, by);
  return `${of("sum")} / (${of("count")} > 0)`;
}

/** @param share 0.5 is the median */
export function quantile(share: number, histogram: string, selector: string, by: string): string {
  return `histogram_quantile(${share}, ${rate(`${histogram}_bucket${selector}`, `${by}, le`)})`;
}
