/** What a launcher starts. */

/** `host`: all of a run's actors in one process. */
export type ServiceName = "host" | "broker" | "evaluator" | "coordinator" | "data-env" | "trainer";

/** One process: which service, and how it is started. */
export interface ServicePlan {
  readonly service: ServiceName;
  /** For people: `trainer 2`. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it ends by itself when its IPC channel closes. */
  readonly ipc: boolean;
}

export interface LaunchPlan {
  readonly run: string;
  readonly runsDir: string;
  /** Of the runs' page. */
  readonly port: number;
  readonly metricsPort: number;
  readonly trainers: number;
  /** Among which the trainers are shared out, where their engine uses any; nothing is said where there is but one. */
  readonly gpus?: number;
  readonly dataEnvs: number;
  /** The configuration and initial parameters, for the coordinator to read at each start. */
  readonly configFile: string;
  readonly initialFile: string | null;
}

/** The services of one run, in the order in which they are started. */
export function servicePlans(memnet: string, plan: LaunchPlan): ServicePlan[] {
  const { gpus = 0 } = plan;
  const service = (name: ServiceName, title: string, args: readonly string[]): ServicePlan => ({
    service: name,
    title,
    command: process.execPath,
    args: [memnet, name, ...args],
    ipc: true,
  });
  const many = (name: "trainer" | "data-env", count: number, args: (index: number) => readonly string[]) =>
    Array.from({ length: count }, (_, index) =>
      service(name, count === 1 ? name : `${name} ${index + 1}`, args(index)),
    );
  const deviceOf = (index: number) => (gpus > 1 ? ["--device", String(index % gpus)] : []);
  return [
    service("evaluator", "evaluator", [
      ...["--runs-dir", plan.runsDir, "--page-port", String(plan.port)],
      ...["--metrics-port", String(plan.metricsPort)],
    ]),
    service("coordinator", "coordinator", [
      "--run",
      plan.run,
      "--config",
      plan.configFile,
      ...(plan.initialFile === null ? [] : ["--init", plan.initialFile]),
      "--exit-at-end",
    ]),
    ...many("data-env", plan.dataEnvs, () => []),
    ...many("trainer", plan.trainers, (index) => ["--run", plan.run, ...deviceOf(index)]),
  ];
}
