/** docs/environment.md: every environment variable. Those that stand for a flag are taken from the commands' help. */

import { commandNames, programFor } from "../main.ts";

const head = `# Environment variables

A flag comes before its variable. An empty variable counts as not set. \`memnet COMMAND --help\` says the same.

Made by \`npm run reference\` from the commands' help, and from \`bin/src/reference/environment-table.ts\`.
`;

/** Variables without a flag, by what they are for. */
const others: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "NATS, in every command and service": {
    NATS_URL:
      "As for services above; a command such as `memnet status` asks there, and `memnet train` exchanges its messages there. Where it is not set, they take the launcher of the runs folder, or need no NATS.",
    NATS_USER: "The user's name.",
    NATS_USER_FILE: "A file with the user's name, in place of NATS_USER.",
    NATS_PASSWORD: "The user's password.",
    NATS_PASSWORD_FILE: "A file with the password, in place of NATS_PASSWORD. It is read at each dial.",
    NATS_CA_FILE:
      "With tls:// in NATS_URL: certificates to believe in place of the system's, a PEM file. This and the next two are read at each dial.",
    NATS_CERT_FILE: "The client's own certificate, where the server asks for one, a PEM file.",
    NATS_KEY_FILE: "The private key of NATS_CERT_FILE, a PEM file.",
  },
  "Metrics, in every service": {
    MEMNET_METRICS_NAMES:
      "Further names, with commas between them, by which scrapers reach the machine; see [metrics.md](metrics.md).",
  },
  "The terminal": {
    TERM: "With `dumb`, no line is written over.",
    CI: "With any value, no line is written over; `npm test` fails if a test is skipped.",
  },
  "A deployment's own": {
    MEMNET_VERSION: "The tag of the images in `deploy/compose.yaml`.",
    MEMNET_TRAINERS: "How many trainers `deploy/compose.yaml` starts; 1 by default.",
    MEMNET_DATA_ENVS: "The same for data-envs.",
    MEMNET_WORKERS: "The same for workers, with the profile `workers`.",
    MEMNET_TASKS: "The folder with task files that it mounts at /tasks; `deploy/compose/tasks` by default.",
    MEMNET_DASHBOARDS: "The folder of the dashboards, for Grafana: `deploy/grafana/dashboards`.",
    NATS_TLS_CERT_FILE: "The server's certificate, for `deploy/nats/tls.conf`.",
    NATS_TLS_KEY_FILE: "Its private key.",
    NATS_TLS_CA_FILE:
      "The authority of the servers' certificates, for `deploy/nats/tls-cluster.conf`, and of clients' if the server asks for them.",
    NATS_TLS_LOOK_SECONDS: "How often `deploy/nats/start.sh` looks for renewed certificates (default: 10).",
    NATS_SERVER_NAME: "A name for each server of a cluster, for `deploy/nats/cluster.conf`.",
  },
  "Tests and development": {
    MEMNET_TEST_GPU: "With any value, tests use the machine's own GPU, and fail without one.",
    MEMNET_SCREENSHOTS: "A folder for pictures of the pages that tests open.",
    MEMNET_DEPLOY_CACHE: "Where `npm run test:deploy` keeps its base image.",
    XDG_RUNTIME_DIR: "Where Chromium's software GPU keeps its files; tests make a folder if it is not set.",
  },
  "Set by memnet for its own processes": {
    MEMNET_PROGRAM: "The program that was built from the sources.",
    MEMNET_LAUNCHED: "Whether a launcher started the process.",
    MEMNET_LOG_TOLD: "Whether the launcher takes the log's lines.",
    MEMNET_SOCKET: "The launcher's socket, in place of NATS.",
    MEMNET_PODMAN: "The folder of the containers that `npm run test:deploy` runs.",
  },
};

/** Metrics have no flag where a launcher starts the services. */
const ofLaunchers = ["train", "sweep"];

interface Variable {
  readonly flag: string;
  readonly text: string;
  readonly commands: string[];
}

/** The contents of docs/environment.md. */
export async function environmentTable(): Promise<string> {
  const rows = [...(await variables())].map(([name, { flag, text, commands }]) => {
    const also = name === "MEMNET_METRICS_PORT" ? ofLaunchers : [];
    return `| \`${name}\` | \`${flag}\` | ${[...commands, ...also].join(", ")} | ${text} |`;
  });
  const parts = Object.entries(others).map(
    ([title, own]) => `
## ${title}

| variable | means |
|---|---|
${Object.entries(own)
  .map(([name, text]) => `| \`${name}\` | ${text} |`)
  .join("\n")}
`,
  );
  return `${head}
## In place of a flag

| variable | flag | of | means |
|---|---|---|---|
${rows.join("\n")}
${parts.join("")}`;
}

/** Flags whose text ends with a variable, `(MEMNET_RUN)` or `(MEMNET_PARALLEL; default: auto)`. */
async function variables(): Promise<ReadonlyMap<string, Variable>> {
  const found = new Map<string, Variable>();
  for (const name of commandNames) {
    const program = await programFor([name], () => {});
    const command = program.commands.find((one) => one.name() === name)!;
    for (const { description, long } of command.options) {
      const [, text, variable, more] =
        /^(.*) \(((?:MEMNET|NATS)_[A-Z_]+)(?:; (.*))?\)$/.exec(description) ?? [];
      if (!text || !variable) continue;
      const known = found.get(variable) ?? {
        flag: long ?? "",
        text: `${text}${more ? ` (${more})` : ""}`.replaceAll("|", "\\|"),
        commands: [],
      };
      known.commands.push(name);
      found.set(variable, known);
    }
  }
  return found;
}
