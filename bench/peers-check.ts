/** Checks the peers against the golden files, in their own Python. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeSafetensors } from "memnet";
import { scientific } from "../bin/src/text/figures.ts";
import { table } from "../bin/src/text/table.ts";
import { installedPeers, lastLine, type PeersFrom, peerFile } from "./contender.ts";

interface Checked {
  readonly file: string;
  readonly lossError: number;
  readonly gradientError: number;
  readonly pass: boolean;
}

/** @returns whether every installed peer passes every golden file of a model */
export async function checkPeers(from: PeersFrom, say: (line: string) => void): Promise<boolean> {
  const folder = fileURLToPath(new URL("../libs/memnet/golden", import.meta.url));
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".safetensors"))
    .map((file) => join(folder, file))
    .filter((file) => decodeSafetensors(readFileSync(file)).tensors.has("gradients.controller.kernel"));
  const rows: string[][] = [];
  let pass = true;
  for (const peer of installedPeers(from)) {
    // It compiles each file for minutes, and otherwise runs torch-eager's code, so two files are enough.
    const checked = peer === "torch-compiled" ? files.filter((file) => file.includes("-small.")) : files;
    const { status, stdout, stderr } = spawnSync(from.python, [peerFile("check.py"), peer, ...checked], {
      encoding: "utf8",
    });
    if (status !== 0) {
      from.complain(`${peer} is left out: ${lastLine(stderr)}`);
      continue;
    }
    for (const line of stdout.trim().split("\n")) {
      const result = JSON.parse(line) as Checked;
      pass &&= result.pass;
      rows.push([
        peer,
        basename(result.file),
        scientific(result.lossError),
        scientific(result.gradientError),
        result.pass ? "pass" : "FAIL",
      ]);
    }
  }
  say(table(["peer", "file", ">loss error", ">gradient error", "result"], rows));
  return pass;
}
