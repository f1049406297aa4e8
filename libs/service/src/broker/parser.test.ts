import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, LINE_BYTES_MAX, PAYLOAD_BYTES_MAX, Parser, ProtocolError } from "./parser.ts";

/** The commands of chunks, with payloads as text. */
function parse(...chunks: (string | Buffer)[]): unknown[] {
  const got: unknown[] = [];
  const parser = new Parser((command: Command) =>
    got.push(command.kind === "pub" ? { ...command, payload: command.payload.toString("latin1") } : command),
  );
  for (const chunk of chunks) parser.push(Buffer.from(chunk as string, "latin1"));
  return got;
}

function pub(subject: string, reply: string | undefined, headerBytes: number, payload: string): unknown {
  return { kind: "pub", subject, reply, headerBytes, payload: `${payload}\r\n` };
}

const SESSION =
  'CONNECT {"verbose":true,"echo":false,"headers":true,"no_responders":true,"name":"é"}\r\n' +
  "PING\r\npong\r\n" +
  "SUB a.* 1\r\nSUB  a.>\tworkers  2 \r\nUNSUB 1\r\nUNSUB 2 5\r\n" +
  "PUB a.b 5\r\nhello\r\n" +
  "PUB a.b reply.to 0\r\n\r\n" +
  "HPUB a.b 12 17\r\nNATS/1.0\r\n\r\nworld\r\n" +
  "HPUB a.b reply 12 12\r\nNATS/1.0\r\n\r\n\r\n" +
  "PUB crlf 4\r\n\r\n\r\n\r\nPING\n";

const COMMANDS = [
  { kind: "connect", fields: { verbose: true, echo: false, headers: true, noResponders: true } },
  { kind: "ping" },
  { kind: "pong" },
  { kind: "sub", subject: "a.*", queue: undefined, sid: "1" },
  { kind: "sub", subject: "a.>", queue: "workers", sid: "2" },
  { kind: "unsub", sid: "1", max: undefined },
  { kind: "unsub", sid: "2", max: 5 },
  pub("a.b", undefined, 0, "hello"),
  pub("a.b", "reply.to", 0, ""),
  pub("a.b", undefined, 12, "NATS/1.0\r\n\r\nworld"),
  pub("a.b", "reply", 12, "NATS/1.0\r\n\r\n"),
  pub("crlf", undefined, 0, "\r\n\r\n"),
  { kind: "ping" },
];

test("Parser reads a session in one chunk", () => {
  assert.deepEqual(parse(SESSION), COMMANDS);
});

test("Parser reads a session byte by byte", () => {
  assert.deepEqual(parse(...SESSION), COMMANDS);
});

test("Parser reads a session cut in two anywhere", () => {
  for (let at = 1; at < SESSION.length; at += 1) {
    assert.deepEqual(parse(SESSION.slice(0, at), SESSION.slice(at)), COMMANDS, `cut at ${at}`);
  }
});

test("Parser shares the chunk where a payload is whole in it", () => {
  const chunk = Buffer.from("PUB a 3\r\nabc\r\n");
  let payload: Buffer | undefined;
  new Parser((command) => {
    if (command.kind === "pub") payload = command.payload;
  }).push(chunk);
  assert.equal(payload?.buffer, chunk.buffer);
});

test("Parser reads what CONNECT leaves out as NATS does", () => {
  const fields = { verbose: false, echo: true, headers: false, noResponders: false };
  assert.deepEqual(parse("CONNECT {}\r\n"), [{ kind: "connect", fields }]);
  assert.deepEqual(parse('CONNECT {"no_responders":true}\r\n'), [{ kind: "connect", fields }]);
});

test("Parser refuses what is not the protocol, in NATS's words", () => {
  const cases: [string, string][] = [
    ["HELLO\r\n", "Unknown Protocol Operation"],
    ["\r\n", "Unknown Protocol Operation"],
    ["GET / HTTP/1.1\r\n", "Unknown Protocol Operation"],
    ["PUB a\r\n", "Parser Error"],
    ["PUB a b c 1\r\n", "Parser Error"],
    ["PUB a -1\r\n", "Parser Error"],
    ["PUB a 1e3\r\n", "Parser Error"],
    ["PUB a 99999999999999\r\n", "Parser Error"],
    [`PUB a ${PAYLOAD_BYTES_MAX + 1}\r\n`, "Maximum Payload Violation"],
    ["HPUB a 5 4\r\n", "Parser Error"],
    ["HPUB a 5\r\n", "Parser Error"],
    ["SUB a\r\n", "Parser Error"],
    ["UNSUB\r\n", "Parser Error"],
    ["UNSUB 1 x\r\n", "Parser Error"],
    ["CONNECT {\r\n", "Parser Error"],
    ["CONNECT null\r\n", "Parser Error"],
    ["PUB a 2\r\nabcd", "Unknown Protocol Operation"],
    [`SUB ${"a".repeat(LINE_BYTES_MAX)} 1\r\n`, "Maximum Control Line Exceeded"],
    ["x".repeat(LINE_BYTES_MAX + 1), "Maximum Control Line Exceeded"],
  ];
  for (const [sent, reply] of cases) {
    for (const chunks of [[sent], [...sent]]) {
      assert.throws(
        () => parse(...chunks),
        (error) => error instanceof ProtocolError && error.reply === reply,
        sent.slice(0, 40),
      );
    }
  }
});

test("Parser takes a payload of the largest size", () => {
  const got = parse(`PUB a ${PAYLOAD_BYTES_MAX}\r\n`, Buffer.alloc(PAYLOAD_BYTES_MAX, 97), "\r", "\n");
  assert.deepEqual(got, [pub("a", undefined, 0, "a".repeat(PAYLOAD_BYTES_MAX))]);
});

test("Parser throws nothing but ProtocolError on damaged sessions, and cuts do not matter", () => {
  const seed = 20240607;
  const random = mulberry32(seed);
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Buffer.from(SESSION, "latin1");
    for (let flips = Math.floor(random() * 4); flips >= 0; flips -= 1) {
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    }
    const whole = outcome([bytes]);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const next = at + 1 + Math.floor(random() * 40);
      chunks.push(bytes.subarray(at, next));
      at = next;
    }
    assert.deepEqual(outcome(chunks), whole, `seed ${seed}, round ${round}`);
  }
});

/** Commands until the end or the protocol error, as text. */
function outcome(chunks: Buffer[]): string[] {
  const got: string[] = [];
  const parser = new Parser((command) => got.push(JSON.stringify(command)));
  try {
    for (const chunk of chunks) parser.push(chunk);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    got.push(error.reply);
  }
  return got;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
