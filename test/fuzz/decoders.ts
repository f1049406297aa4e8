/** The decoders that run without an actor: each may refuse what it is given, and throw nothing else. */

import { decode, floatsOf, ProtocolError, unpackNumbers } from "@memnet/protocol";
import { examples } from "@memnet/protocol/testing";
import { DamagedRunError, parseLine, parseStoredConfig } from "@memnet/runs";
import { checkpointBytes, smallConfig } from "@memnet/runs/testing";
import { readSettings } from "@memnet/service";
import { FrameReader, framed } from "@memnet/service/testing";
import { builtInTask, decodeCheckpoint, decodeSafetensors, isTaskError, runConfig, settingsOf } from "memnet";
import type { Chance } from "./chance.ts";
import { type Aim, bytesOf } from "./forge.ts";
import { anything, bent, jsonOf } from "./values.ts";

export interface Outcome {
  readonly kind: string;
  /** Why the bytes were refused; null if they were taken. */
  readonly reason: string | null;
}

type Decoder = (chance: Chance, aim: Aim) => void;

const checkpoint = checkpointBytes(smallConfig(), 3);
const headerEnd = 8 + Number(new DataView(checkpoint.buffer).getBigUint64(0, true));
const header = JSON.parse(new TextDecoder().decode(checkpoint.subarray(8, headerEnd)));
const stored = {
  ...smallConfig(),
  ...{ fingerprint: null, relaxedFrom: null, versions: {}, machine: "box", created: "2026-01-01" },
};
const lines = [
  { kind: "step", step: 3, loss: 1, gradientNorm: 1, seconds: 0.1 },
  { kind: "evaluation", step: 3, split: "validation", loss: 1, lossBits: 1, wrongBits: 1, exact: 0 },
  { kind: "checkpoint", step: 3, sha256: "0".repeat(64) },
  { kind: "event", event: "joined", time: "2026-01-01T00:00:00.000Z" },
];

const decoders: Readonly<Record<string, Decoder>> = {
  message(chance, aim) {
    const example = chance.pick(examples);
    decode(example.type, bytesOf(chance, example, aim));
  },
  safetensors: (chance) =>
    void decodeSafetensors(chance.happens(0.5) ? damagedFile(chance) : lyingFile(chance)),
  checkpoint: (chance) =>
    void decodeCheckpoint(chance.happens(0.5) ? damagedFile(chance) : lyingFile(chance)),
  "config.json": (chance) => void parseStoredConfig(damagedJson(chance, stored)),
  line: (chance) => void parseLine(damagedJson(chance, chance.pick(lines))),
  settings: (chance) => {
    const text = damagedJson(chance, { ...stored.training, steps: 5 });
    runConfig(settingsOf(JSON.parse(text)), builtInTask("copy"));
  },
  numbers(chance) {
    const bytes = chance.bytes(chance.whole(0, 40));
    floatsOf(bytes);
    unpackNumbers({ numberBytes: chance.pick([1, 4]), bytes });
  },
  frames(chance) {
    const reader = new FrameReader(1024);
    const [head, body] = framed(
      chance.pick([null, "text", { op: "publish" }]),
      chance.bytes(chance.pick([0, 10])),
    );
    const stream = chance.happens(0.5) ? chance.bytes(chance.whole(1, 64)) : Buffer.concat([head, body]);
    for (let at = 0; at < stream.length; at += 7) reader.push(stream.subarray(at, at + 7));
  },
  environment(chance) {
    const names = ["NATS_URL", "MEMNET_MACHINE", "MEMNET_RUN", "MEMNET_METRICS_PORT", "MEMNET_METRICS_NAMES"];
    readSettings({ [chance.pick(names)]: String(anything(chance, 0)).slice(0, 300) });
  },
};

export const decoderNames = Object.keys(decoders);

/** @throws the decoder's error if it is none that says that its input is refused */
export function tryDecoder(chance: Chance, aim: Aim): Outcome {
  const name = chance.pick(decoderNames);
  try {
    decoders[name]!(chance, aim);
    return { kind: name, reason: null };
  } catch (error) {
    const reason = refusal(error);
    if (reason === null) throw error;
    return { kind: name, reason };
  }
}

function refusal(error: unknown): string | null {
  if (error instanceof ProtocolError) return error.code;
  if (error instanceof DamagedRunError || isTaskError(error)) return error.name;
  // JSON.parse() throws SyntaxErrors, and schemas ZodErrors.
  const names = ["RangeError", "SyntaxError", "ZodError", "$ZodError"];
  if (!(error instanceof Error) || !names.includes(error.name)) return null;
  // A stack or a memory that is exhausted is a RangeError too, and none of ours.
  return /call stack|allocation failed|Invalid (array|typed array|string) length/i.test(error.message)
    ? null
    : error.name;
}

/** A value with a change somewhere, as JSON that may be cut. */
function damagedJson(chance: Chance, value: unknown): string {
  const text = jsonOf(bent(chance, value));
  return chance.happens(0.2) ? text.slice(0, chance.whole(0, text.length)) : text;
}

function damagedFile(chance: Chance): Uint8Array {
  const file = checkpoint.slice(
    0,
    chance.happens(0.3) ? chance.whole(0, checkpoint.length) : checkpoint.length,
  );
  for (let flips = chance.whole(1, 4); flips > 0 && file.length > 0; flips--)
    file[chance.whole(0, file.length - 1)]! ^= 1 << chance.whole(0, 7);
  return file;
}

/** A checkpoint whose header says something else than its bytes. */
function lyingFile(chance: Chance): Uint8Array {
  const text = new TextEncoder().encode(damagedJson(chance, header));
  const body = checkpoint.subarray(headerEnd);
  const file = new Uint8Array(8 + text.length + body.length);
  const length = chance.happens(0.9) ? text.length : chance.pick([0, 2 ** 20 + 1, 2 ** 31, 2 ** 52]);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}
