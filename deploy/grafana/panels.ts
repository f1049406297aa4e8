/** The kinds of panel that the dashboards consist of, and what all dashboards share. */

import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueGraphMode,
  type DataSourceRef,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
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
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
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
    .targets(queries.map(target));
  if (stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  if (logarithmic) {
    panel.scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10));
  } else panel.min(0);
  if (max !== undefined) panel.max(max);
  return panel;
}

export interface FigureOptions {
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  readonly query: Query;
  readonly width?: number;
  readonly decimals?: number;
}

/** A panel of one number: its present value. */
export function figure({ title, about, unit, query, width = 4, decimals }: FigureOptions): Builder<Panel> {
  const panel = new StatBuilder()
    .title(title)
    .description(about)
    .datasource(source)
    .unit(unit)
    .height(figureHeight)
    .span(width)
    .graphMode(BigValueGraphMode.Area)
    .withTarget(target(query, 0));
  if (decimals !== undefined) panel.decimals(decimals);
  return panel;
}

export interface Choice {
  readonly name: string;
  readonly label: string;
  /** A query with Prometheus' label_values(…). */
  readonly values: string;
}

export interface BoardOptions {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  /** Variables to choose from, besides the data source. */
  readonly choices: readonly Choice[];
  /** The rows' panels by row title. */
  readonly rows: Readonly<Record<string, readonly Builder<Panel>[]>>;
}

/** A dashboard: its variables at the top, then its rows. */
export function board({ uid, title, about, choices, rows }: BoardOptions): Dashboard {
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
        .keepTime(true)
        .includeVars(true),
    )
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
  for (const { name, label, values } of choices) {
    built.withVariable(
      new QueryVariableBuilder(name)
        .label(label)
        .datasource(source)
        .query(values)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc),
    );
  }
  for (const [name, panels] of Object.entries(rows)) {
    built.withRow(new RowBuilder(name));
    for (const panel of panels) built.withPanel(panel);
  }
  return built.build();
}

function target({ expr, legend }: Query, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(source)
    .refId(String.fromCharCode("A".charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(legend)
    .range();
}
