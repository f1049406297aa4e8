/** A runs folder with damaged files, read as the commands and the page do, and requests to the page. */

import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { servePage } from "@memnet/page";
import { RunsOnDisk } from "@memnet/page/testing";
import {
  DamagedRunError,
  listFigures,
  listRuns,
  readRun,
  readStandings,
  readSweep,
  sweepNames,
} from "@memnet/runs";
import { silentLog, systemDisk } from "@memnet/service";
import type { Chance } from "./chance.ts";
import type { Outcome } from "./decoders.ts";
import { anything, bent, jsonOf } from "./values.ts";

const goal = { figure: "wrongBits", comparison: "<", value: 0.1 } as const;
const files = ["config.json", "state", "metrics.jsonl", "note.json", "checkpoints/4.safetensors", "epochs/1"];

export class Folder implements AsyncDisposable {
  private readonly runs: RunsOnDisk;
  private readonly page: Awaited<ReturnType<typeof servePage>>;
  private readonly intact = new Map<string, Uint8Array | null>();

  private constructor(runs: RunsOnDisk, page: Awaited<ReturnType<typeof servePage>>) {
    this.runs = runs;
    this.page = page;
  }

  static async begin(): Promise<Folder> {
    const runs = await RunsOnDisk.begin();
    await runs.add("damaged");
    await runs.add("whole");
    await mkdir(join(runs.root, "damaged", "epochs"), { recursive: true });
    await mkdir(join(runs.root, ".sweeps"), { recursive: true });
    const page = await servePage({
      ...{ port: 0, host: "127.0.0.1", log: silentLog, who: null, held: async () => false },
      ...{ disk: systemDisk, root: runs.root },
    });
    return new Folder(runs, page);
  }

  /** Damages a file of a run, reads the folder in every way, and mends the file. */
  async damage(chance: Chance): Promise<Outcome> {
    const name = chance.happens(0.1) ? "../.sweeps/damaged.json" : chance.pick(files);
    const path = join(this.runs.root, "damaged", name);
    if (!this.intact.has(path)) this.intact.set(path, await readFile(path).catch(() => null));
    const whole = this.intact.get(path) ?? null;
    await write(path, chance, whole);
    try {
      return { kind: `file ${name}`, reason: await this.read() };
    } finally {
      if (whole) await writeFile(path, whole);
      else await rm(path, { force: true });
    }
  }

  private async read(): Promise<string | null> {
    const { root } = this.runs;
    const listed = await listRuns(systemDisk, root);
    if (!listed.some(({ run }) => run === "whole")) throw new Error("The list lacks the run that is whole");
    await listFigures(systemDisk, root, goal);
    for (const sweep of await sweepNames(systemDisk, root)) {
      const record = await readSweep(systemDisk, root, sweep);
      if (record && record.points.length * record.seeds.length < 100)
        await readStandings(systemDisk, root, record);
    }
    for (const path of [
      "/api/runs",
      "/api/runs/damaged/curves",
      "/env/damaged",
      "/api/compare?runs=damaged,whole",
    ]) {
      const { status } = await fetch(new URL(path, this.page.address), {
        signal: AbortSignal.timeout(60_000),
      });
      if (status >= 500) throw new Error(`GET ${path} was answered with ${status}`);
    }
    try {
      await readRun(systemDisk, root, "damaged");
      return null;
    } catch (error) {
      if (error instanceof DamagedRunError) return error.name;
      throw error;
    }
  }

  /** Sends bytes to the page's port that may be a request, and waits until the connection is closed. */
  async request(chance: Chance): Promise<Outcome> {
    const text = requestOf(chance);
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect(this.page.port, "127.0.0.1");
      let answer = "";
      socket.setTimeout(60_000, () => socket.destroy(new Error("The page did not answer within a minute")));
      socket.on("data", (chunk) => {
        if (answer.length < 100) answer += chunk.toString("latin1");
      });
      socket.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "ECONNRESET" || error.code === "EPIPE" ? resolve("reset") : reject(error),
      );
      socket.once("close", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? "closed"));
      socket.end(Buffer.from(text, "latin1"));
    });
    if (status === "500") throw new Error(`The page answered 500 to ${JSON.stringify(text.slice(0, 300))}`);
    return { kind: "request", reason: status === "200" ? null : status };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page[Symbol.asyncDispose]();
    await this.runs[Symbol.asyncDispose]();
  }
}

async function write(path: string, chance: Chance, whole: Uint8Array | null): Promise<void> {
  switch (chance.whole(0, 5)) {
    case 0:
      return rm(path, { force: true });
    case 1:
      return writeFile(path, chance.bytes(chance.whole(0, 200)));
    case 2:
      return writeFile(path, jsonOf(anything(chance)));
    case 3:
      return writeFile(path, (whole ?? chance.bytes(10)).subarray(0, chance.whole(0, whole?.length ?? 10)));
    case 4:
      if (path.endsWith("metrics.jsonl")) return appendFile(path, `${lineOf(chance)}\n${lineOf(chance)}\n`);
      return writeFile(path, bentJson(chance, whole));
    default:
      return writeFile(path, bentJson(chance, whole));
  }
}

/** The file with one value changed, if it is JSON. */
function bentJson(chance: Chance, whole: Uint8Array | null): string | Uint8Array {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(whole ?? new Uint8Array(0)));
    return jsonOf(bent(chance, value));
  } catch {
    const copy = whole?.slice() ?? chance.bytes(10);
    if (copy.length > 0) copy[chance.whole(0, copy.length - 1)]! ^= 1 << chance.whole(0, 7);
    return copy;
  }
}

/** A line of metrics.jsonl with a value of another kind. */
function lineOf(chance: Chance): string {
  const step = chance.pick([4, 5, 1_000_000_000, 2 ** 53 - 1, -1, 1.5]);
  const line = chance.pick([
    { kind: "step", step, loss: 1, gradientNorm: 1, seconds: 1 },
    { kind: "checkpoint", step, sha256: "0".repeat(64) },
    { kind: "evaluation", step, split: "validation", loss: 1, lossBits: 1, wrongBits: 1, exact: 0, floor: 1 },
    { kind: "event", time: "2026-01-01T00:00:00.000Z", event: "joined" },
  ]);
  return jsonOf(chance.happens(0.5) ? line : bent(chance, line));
}

const paths = [
  ...[
    "/",
    "/compare",
    "/env/damaged",
    "/env/whole_test",
    "/env/none",
    "/sweep/none",
    "/assets/page-main.js",
    "/assets/../x",
  ],
  ...[
    "/api/runs",
    "/api/sweeps",
    "/api/compare",
    "/api/runs/whole",
    "/api/runs/whole/curves",
    "/api/runs/damaged/curves",
  ],
  ...[
    "/api/runs/whole/curves.csv",
    "/api/runs/whole/episode",
    "/api/runs/damaged/episode",
    "/api/runs/whole/episode.svg",
  ],
];
const names = [
  "run",
  "runs",
  "points",
  "step",
  "seed",
  "from",
  "length",
  "best",
  "split",
  "figure",
  "stretch",
];

function requestOf(chance: Chance): string {
  const part = () => String(anything(chance, 0)).slice(0, chance.pick([20, 300, 9000]));
  const coded = () =>
    chance.happens(0.7) ? encodeURIComponent(part().replace(/[\ud800-\udfff]/g, "?")) : part();
  const queries = Array.from({ length: chance.whole(0, 3) }, () => `${chance.pick(names)}=${coded()}`);
  const path = chance.happens(0.8) ? chance.pick(paths) : `/${coded()}/${coded()}`;
  const target = queries.length > 0 ? `${path}?${queries.join("&")}` : path;
  const method = chance.happens(0.9) ? "GET" : chance.pick(["HEAD", "POST", "PUT", "TRACE", "nonsense"]);
  const host = chance.happens(0.8) ? "127.0.0.1" : part();
  const extra = chance.happens(0.2) ? `x-${chance.whole(0, 9)}: ${part()}\r\n` : "";
  if (chance.happens(0.1)) return part();
  return `${method} ${target} HTTP/1.1\r\nhost: ${host}\r\n${extra}connection: close\r\n\r\n`;
}
