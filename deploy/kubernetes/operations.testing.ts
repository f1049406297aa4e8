/** Pastes docs/operations.md into a shell, block after block, with stand-ins for what needs a cluster. */

import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { kubernetes } from "./manifests.testing.ts";

export const operations = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

/** The blocks that a reader pastes in order. Blocks of the language `shell` are alternatives to what is around them. */
export const blocks: readonly string[] = [...operations.matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, text]) => text!,
);

export interface Secret {
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** In base64. */
  readonly data: Readonly<Record<string, string>>;
}

export interface Pasted {
  /** What each `kubectl apply -k FOLDER` renders, in order. */
  readonly applied: readonly { readonly folder: string; readonly text: string }[];
  /** The Secrets that were made, in order. */
  readonly secrets: readonly Secret[];
  /** Every other command of kubectl and docker. */
  readonly calls: readonly string[];
}

/** Renders as kubectl does, and notes what would change a cluster. */
const kubectl = `#!/bin/sh
next() { ls "$NOTES" | wc -l; }
case "$*" in
  "kustomize "*) exec "$KUBECTL" "$@" ;;
  "apply -k "*) "$KUBECTL" kustomize "$3" >"$NOTES/$(printf %03d $(next))-applied-$(echo "$3" | tr / _)" ;;
  *" create secret "*--dry-run*) exec "$KUBECTL" "$@" ;;
  *" create secret "*)
    "$KUBECTL" "$@" --dry-run=client --output=yaml >"$NOTES/$(printf %03d $(next))-secret" ;;
  *" replace --filename=-") cat >"$NOTES/$(printf %03d $(next))-secret" ;;
  *" get pods "*) echo pod/nats-0 ;;
  *) echo "kubectl $*" >"$NOTES/$(printf %03d $(next))-call" ;;
esac
`;

/** @throws the shell's error if a block fails */
export function pasted(): Pasted {
  const folder = mkdtempSync(join(tmpdir(), "memnet-guide-"));
  try {
    const [bin, notes, work] = ["bin", "notes", "work"].map((name) => join(folder, name));
    for (const one of [bin!, notes!, work!]) mkdirSync(one);
    symlinkSync(fileURLToPath(new URL("..", import.meta.url)), join(work!, "deploy"));
    const executable = { mode: 0o755 };
    writeFileSync(join(bin!, "kubectl"), kubectl, executable);
    for (const name of ["aws", "docker", "sleep"]) writeFileSync(join(bin!, name), "#!/bin/sh\n", executable);
    const real = execFileSync("sh", ["-c", "command -v kubectl"], { encoding: "utf8" }).trim();
    execFileSync("sh", ["-euc", blocks.join("\n")], {
      cwd: work,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, KUBECTL: real, NOTES: notes },
      stdio: "pipe",
    });
    const names = readdirSync(notes!).sort();
    const of = (kind: string) =>
      names
        .filter((name) => name.slice(4).startsWith(kind))
        .map((name) => ({ name, text: readFileSync(join(notes!, name), "utf8") }));
    return {
      applied: of("applied-").map(({ name, text }) => ({
        folder: name.slice("000-applied-".length).replaceAll("_", "/"),
        text,
      })),
      secrets: of("secret").map(({ text }) => parse(text) as Secret),
      calls: of("call").map(({ text }) => text.trim()),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What check.sh says of a folder that a reader has filled.
 *
 * @param files in which KUBERNETES stands for deploy/kubernetes
 */
export function checked(files: Readonly<Record<string, string>>): { status: number; said: string } {
  const folder = mkdtempSync(join(tmpdir(), "memnet-check-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, name), text.replaceAll("KUBERNETES", relative(folder, kubernetes)));
    }
    const args = [join(kubernetes, "check.sh"), folder];
    const { status, stdout, stderr } = spawnSync("sh", args, { encoding: "utf8" });
    return { status: status ?? -1, said: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
