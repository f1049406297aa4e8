import assert from "node:assert/strict";
import { test } from "node:test";
import { checkpointBytesMax, decodeCheckpoint, encodeCheckpoint, parametersFrom } from "./checkpoint.ts";
import { canonicalJson } from "./config/canonical-json.ts";
import { initialParameters } from "./initial-parameters.ts";
import { type Learner, newLearner } from "./learner.ts";
import { decodeSafetensors, encodeSafetensors, type Safetensors, type Tensor } from "./safetensors.ts";
import { parametersHash, sha256 } from "./sha256.ts";
import { fakeEngine, smallConfig, takeSteps } from "./testing/fake-engine.ts";
import { flipped, fuzzDraws } from "./testing/fuzz.ts";
import { assertSameBytes, golden } from "./testing/golden.ts";

const kinds = ["rmsprop", "adam"] as const;
type Kind = (typeof kinds)[number];

function fresh(kind: Kind): Learner {
  const { training, model } = smallConfig({ optimizer: { kind } });
  return newLearner(training, model, initialParameters(model, training.seed));
}

async function trained(kind: Kind, steps: number): Promise<Learner> {
  const learner = fresh(kind);
  await takeSteps(learner, fakeEngine(learner.model), steps);
  return learner;
}

function refusal(file: Uint8Array): string {
  try {
    decodeCheckpoint(file);
  } catch (error) {
    assert.ok(error instanceof RangeError, `must be a RangeError, got ${error}`);
    return error.message;
  }
  assert.fail("must be refused");
}

/** The file with something changed after decoding it. */
function changed(
  file: Uint8Array,
  change: (file: { -readonly [K in keyof Safetensors]: Safetensors[K] }) => void,
): Uint8Array {
  const decoded = { ...decodeSafetensors(file) };
  change(decoded);
  return encodeSafetensors(decoded);
}

test("decodeCheckpoint() compares the shapes before it takes memory for a model of any size", () => {
  const hidden = 2 ** 26;
  const huge = changed(encodeCheckpoint(fresh("rmsprop")), (file) => {
    const { checksum: _, ...metadata } = file.metadata;
    const config = canonicalJson({ ...JSON.parse(metadata.config!), hidden });
    const written = { ...metadata, config };
    file.metadata = { ...written, checksum: sha256(canonicalJson(written)) };
  });
  assert.match(refusal(huge), /controller\.kernel must have shape \[268435456,/);
});

for (const kind of kinds) {
  test(`decodeCheckpoint() reads what encodeCheckpoint() wrote, with ${kind}`, async () => {
    const learner = await trained(kind, 3);
    const read = decodeCheckpoint(encodeCheckpoint(learner));
    assert.deepEqual(read, learner);
    assertSameBytes(read.parameters, learner.parameters, "parameters");
  });

  test(`checkpointBytesMax() is above a checkpoint by the unused part of the header, with ${kind}`, async () => {
    const learner = await trained(kind, 3);
    const unused =
      checkpointBytesMax(learner.model, learner.training.optimizer) - encodeCheckpoint(learner).length;
    assert.ok(unused > 0 && unused < 2 ** 20, `${unused} bytes`);
  });

  test(`encodeCheckpoint() gives the same bytes every time, with ${kind}`, async () => {
    const [one, other] = [await trained(kind, 3), await trained(kind, 3)];
    assert.deepEqual(encodeCheckpoint(one), encodeCheckpoint(other));
    assert.deepEqual(encodeCheckpoint(decodeCheckpoint(encodeCheckpoint(one))), encodeCheckpoint(one));
  });

  test(`a learner resumed at any step gives the bits of one that never stopped, with ${kind}`, async () => {
    const steps = 6;
    const whole = fresh(kind);
    const records = await takeSteps(whole, fakeEngine(whole.model), steps);
    for (let stop = 0; stop <= steps; stop++) {
      const learner = decodeCheckpoint(encodeCheckpoint(await trained(kind, stop)));
      assert.deepEqual(
        await takeSteps(learner, fakeEngine(learner.model), steps - stop),
        records.slice(stop),
      );
      assert.deepEqual(encodeCheckpoint(learner), encodeCheckpoint(whole), `stopped at ${stop}`);
    }
  });

  test(`decodeCheckpoint() finds one flipped bit in any tensor, with ${kind}`, async () => {
    const file = encodeCheckpoint(await trained(kind, 2));
    const names = [...decodeSafetensors(file).tensors.keys()];
    assert.equal(names.length, kind === "adam" ? 19 : 12);
    for (const [round, name] of names.entries()) {
      const draws = fuzzDraws(1, round);
      const damaged = changed(file, ({ tensors }) => {
        const { data } = tensors.get(name)!;
        const bytes = new Uint8Array(data.buffer);
        bytes[draws.integer(0, bytes.length - 1)]! ^= 1 << draws.integer(0, 7);
      });
      const part = name.startsWith("optimizer.") ? "optimizer" : "parameters";
      assert.match(
        refusal(damaged),
        new RegExp(`the checksum of its ${part} must be [0-9a-f]{64}, got`),
        name,
      );
    }
  });
}

test("decodeCheckpoint() refuses a flipped bit anywhere in the file, or reads it as if it were not there", async () => {
  const learner = await trained("adam", 2);
  const file = encodeCheckpoint(learner);
  for (let at = 0; at < file.length; at++) {
    const bit = fuzzDraws(2, at).integer(0, 7);
    try {
      assert.deepEqual(decodeCheckpoint(flipped(file, at, bit)), learner, `byte ${at} bit ${bit}`);
    } catch (error) {
      assert.ok(error instanceof RangeError, `byte ${at} bit ${bit}: ${error}`);
    }
  }
});

test("decodeCheckpoint() refuses a file cut off", async () => {
  const file = encodeCheckpoint(await trained("rmsprop", 1));
  for (let length = 0; length < file.length; length += 7) {
    assert.throws(() => decodeCheckpoint(file.subarray(0, length)), RangeError);
  }
});

test("decodeCheckpoint() refuses metadata that was changed", async () => {
  const file = encodeCheckpoint(await trained("rmsprop", 2));
  const { metadata } = decodeSafetensors(file);
  for (const [name, value] of Object.entries({
    step: "3",
    training: metadata.training!.replace('"seed":1', '"seed":2'),
    config: metadata.config!.replace('"slots":5', '"slots":6'),
  })) {
    assert.notEqual(metadata[name], value);
    const other = changed(file, (decoded) => {
      decoded.metadata = { ...metadata, [name]: value };
    });
    assert.match(refusal(other), /the checksum of its metadata must be/, name);
  }
});

test("decodeCheckpoint() names what is missing", async () => {
  const file = encodeCheckpoint(await trained("adam", 1));
  const without = (name: string): Uint8Array =>
    changed(file, (decoded) => {
      decoded.tensors = new Map([...decoded.tensors].filter(([one]) => one !== name));
    });
  assert.match(refusal(without("output.bias")), /it has no tensor output\.bias/);
  assert.match(refusal(without("optimizer.m.output.bias")), /it has no tensor optimizer\.m\.output\.bias/);
  assert.match(refusal(without("optimizer.powers")), /the checksum of its optimizer/);
  const bare = encodeSafetensors({ tensors: new Map(), metadata: {} });
  assert.match(refusal(bare), /^Cannot use this checkpoint: its metadata is not a checkpoint's: .*format/s);
  assert.match(refusal(new Uint8Array(3)), /^Cannot read the safetensors file/);
});

test("encodeCheckpoint() holds no clock and no host: its metadata is configuration, step and checksums", async () => {
  const learner = await trained("rmsprop", 2);
  const { metadata } = decodeSafetensors(encodeCheckpoint(learner));
  assert.deepEqual(Object.keys(metadata), [
    "format",
    "config",
    "training",
    "step",
    "parameters",
    "optimizer",
    "checksum",
  ]);
  assert.equal(metadata.parameters, parametersHash(learner.parameters));
  assert.equal(metadata.step, "2");
});

test("parametersFrom() takes the six tensors of a checkpoint, and of a golden file under `parameters.`", async () => {
  const learner = await trained("adam", 2);
  const file = decodeSafetensors(encodeCheckpoint(learner));
  assertSameBytes(parametersFrom(file, learner.model), learner.parameters, "a checkpoint's");
  const prefixed = new Map([...file.tensors].map(([name, tensor]) => [`parameters.${name}`, tensor]));
  assertSameBytes(
    parametersFrom({ ...file, tensors: prefixed }, learner.model),
    learner.parameters,
    "golden",
  );
  assert.ok(golden("dnc-small").tensors.has("parameters.controller.kernel"));
});

test("parametersFrom() names the tensor that has a value that is not finite", async () => {
  const learner = await trained("adam", 1);
  const file = decodeSafetensors(encodeCheckpoint(learner));
  for (const [value, text] of [
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ] as const) {
    const { shape, data } = file.tensors.get("output.bias")!;
    const bent = data.slice();
    bent[1] = value;
    const tensors = new Map([...file.tensors, ["output.bias", { shape, data: bent }]]);
    assert.throws(() => parametersFrom({ ...file, tensors }, learner.model), {
      name: "RangeError",
      message: `Cannot use this checkpoint: output.bias must be finite, got ${text} at element 1`,
    });
  }
});

test("parametersFrom() names the tensor that is missing or has another shape", () => {
  const learner = fresh("rmsprop");
  const file = decodeSafetensors(encodeCheckpoint(learner));
  const tensors = new Map<string, Tensor>(file.tensors);
  tensors.set("interface.bias", { shape: [2], data: new Float32Array(2) });
  assert.throws(() => parametersFrom({ ...file, tensors }, learner.model), {
    name: "RangeError",
    message: /interface\.bias must have shape \[\d+\], got \[2\]/,
  });
  tensors.delete("interface.bias");
  assert.throws(
    () => parametersFrom({ ...file, tensors }, learner.model),
    /it has no tensor interface\.bias/,
  );
});
