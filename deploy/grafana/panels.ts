/** The kinds of panel that the dashboards consist of, and what all dashboards share. */

import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueGraphMode,
  type DataSourceRef,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  ScaleDistribution,
  ScaleDistributionConfigBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  MappingType,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as GraphBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The Prometheus that is chosen at the top of the dashboard. */
const source: DataSourceRef = { type: "prometheus", uid: "$datasource" };

const graphHeight = 8;
const figureHeight = 4;

/** One or more lines of a panel. */
export interface Query {
  readonly expr: string;
  /** The legend; Grafana fills in labels in double braces. */
  readonly legend: string;
}

export interface GraphOptions {
  readonly title: string;
  /** What the panel shows, and how to interpret it. */
  readonly about: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** The width in columns, out of 24. */
  readonly width?: number;
  readonly logarithmic?: boolean;
  /** Stacks the areas, to show parts of a whole. */
  readonly stacked?: boolean;
  /** The top of the axis, if it is known. */
  readonly max?: number;
}

/** A panel of lines over time. */
export function graph(options: GraphOptions): Builder<Panel> {
  const { title, about, unit, queries, width = 12, logarithmic = false, stacked = false, max } = options;
  const panel = new GraphBuilder()
    .title(title)
    .description(about)
    .datasource(source)
    .unit(unit)
    .height(graphHeight)
    .span(width)
    .drawStyle(GraphDrawStyle.Line)
    .fillOpacity(stacked ? 40 : 0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(["lastNotNull", "max"]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(queries.map((query, index) => target(query, index)));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (logarithmic) {
    panel.scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10));
  } else panel.min(0);
  if (max !== undefined) panel.max(max);
  return panel;
}

/** A colour for values from `from` on. */
export interface Threshold {
  readonly from: number;
  readonly color: "green" | "orange" | "red";
}

export interface FigureOptions {
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  readonly query: Query;
  readonly width?: number;
  readonly decimals?: number;
  /** Ascending. Without any, and below the first, the number has the colour of text. */
  readonly thresholds?: readonly Threshold[];
  /** Words and colours for values. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

/** A panel of one number for each series: its present value. */
export function figure(options: FigureOptions): Builder<Panel> {
  const { title, about, unit, query, width = 4, decimals, thresholds = [], words } = options;
  const panel = new StatBuilder()
    .title(title)
    .description(about)
    .datasource(source)
    .unit(unit)
    .height(figureHeight)
    .span(width)
    .graphMode(words ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false).fields(""))
    // Grafana's own thresholds would paint every number above 80 red.
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([
          { value: null, color: "text" },
          ...thresholds.map(({ from, color }) => ({ value: from, color })),
        ]),
    )
    .withTarget(target(query, 0));
  if (words) panel.mappings([{ type: MappingType.ValueToText, options: { ...words } }]);
  if (decimals !== undefined) panel.decimals(decimals);
  return panel;
}

export interface TableOptions {
  readonly title: string;
  readonly about: string;
  /** The labels by which the columns' rows are joined, with their titles; the first has the links. */
  readonly by: { readonly labels: Readonly<Record<string, string>>; readonly links: readonly Link[] };
  readonly columns: readonly Column[];
}

export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
}

/** An address with Grafana's variables, such as ${__value.text}. */
export interface Link {
  readonly title: string;
  readonly url: string;
}

/** A table of present values. */
export function table({ title, about, by, columns }: TableOptions): Builder<Panel> {
  const refIds = columns.map((_, index) => refIdOf(index));
  const labels = Object.keys(by.labels);
  const panel = new TableBuilder()
    .title(title)
    .description(about)
    .datasource(source)
    .height(graphHeight)
    .span(24)
    .unit("locale")
    .targets(columns.map(({ expr }, index) => target({ expr, legend: "" }, index, "table")))
    .transformations([
      { id: "merge", options: {} },
      {
        id: "filterFieldsByName",
        options: { include: { names: [...labels, ...refIds.map((refId) => `Value #${refId}`)] } },
      },
    ]);
  Object.entries(by.labels).forEach(([label, name], index) => {
    panel.overrideByName(label, [
      { id: "displayName", value: name },
      ...(index === 0 ? [{ id: "links", value: by.links }] : []),
    ]);
  });
  columns.forEach(({ title: name, unit }, index) => {
    panel.overrideByName(`Value #${refIds[index]}`, [
      { id: "displayName", value: name },
      { id: "unit", value: unit },
    ]);
  });
  return panel;
}

export interface Choice {
  readonly name: string;
  readonly label: string;
  /** A query with Prometheus' label_values(…), or query_result(…) with a regular expression. */
  readonly values: string;
  readonly regex?: string;
  /** Whether several values can be chosen. */
  readonly multi?: true;
  /** What stands for all values at once, which are chosen at first. */
  readonly all?: string;
}

/** The namespaces of Kubernetes. Elsewhere nothing has the label, and all at once is right. */
export const namespaceChoice: Choice = {
  name: "namespace",
  label: "Namespace",
  values: "label_values(memnet_build_info, namespace)",
  multi: true,
  all: ".*",
};

/** A text that is typed at the top of the dashboard. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: string;
}

/** Marks on the time axis wherever a query has a value. */
export interface Mark {
  readonly name: string;
  readonly expr: string;
  readonly title: string;
  readonly color: string;
  /** Whether it is shown until a viewer switches it on or off. */
  readonly shown: boolean;
}

export interface BoardOptions {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  /** Variables to choose from, besides the data source. */
  readonly choices: readonly Choice[];
  readonly fields?: readonly Field[];
  readonly marks?: readonly Mark[];
  /** The rows' panels by row title. */
  readonly rows: Readonly<Record<string, readonly Builder<Panel>[]>>;
}

/** A dashboard: its variables at the top, then its rows. */
export function board({
  uid,
  title,
  about,
  choices,
  fields = [],
  marks = [],
  rows,
}: BoardOptions): Dashboard {
  const built = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags(["memnet"])
    .timezone("browser")
    .time({ from: "now-30m", to: "now" })
    .refresh("10s")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder("memnet")
        .type(DashboardLinkType.Dashboards)
        .tags(["memnet"])
        .asDropdown(false)
        .keepTime(true)
        .includeVars(true),
    )
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
  for (const { name, label, values, regex, multi, all } of choices) {
    const variable = new QueryVariableBuilder(name)
      .label(label)
      .datasource(source)
      .query(values)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      // A query with an order of its own keeps it.
      .sort(regex ? VariableSort.Disabled : VariableSort.AlphabeticalAsc);
    if (regex) variable.regex(regex);
    if (multi) variable.multi(true);
    if (all) {
      variable.includeAll(true).allValue(all).current({ selected: true, text: "All", value: "$__all" });
    }
    built.withVariable(variable);
  }
  for (const { name, label, value } of fields)
    built.withVariable(new TextBoxVariableBuilder(name).label(label).defaultValue(value));
  for (const { name, expr, title: titleFormat, color, shown } of marks) {
    built.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(source)
        .enable(shown)
        .iconColor(color)
        .expr(expr)
        .titleFormat(titleFormat),
    );
  }
  for (const [name, panels] of Object.entries(rows)) {
    built.withRow(new RowBuilder(name));
    for (const panel of panels) built.withPanel(panel);
  }
  return built.build();
}

/** @param kind over time for a graph, or the present values for a table */
function target({ expr, legend }: Query, index: number, kind: "graph" | "table" = "graph"): DataqueryBuilder {
  const built = new DataqueryBuilder()
    .datasource(source)
    .refId(refIdOf(index))
    .expr(expr)
    .legendFormat(legend);
  return kind === "graph" ? built.range() : built.instant().format(PromQueryFormat.Table);
}

function refIdOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}
