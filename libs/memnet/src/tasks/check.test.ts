import assert from "node:assert/strict";
import { test } from "node:test";
import { Draws, streams } from "../random/philox.ts";
import { makeBatch } from "./batches.ts";
import { channelsOf, checkTask, floorOf, isTaskError, TaskError, trialSizes, widthsOf } from "./check.ts";
import { copy } from "./copy.ts";
import { builtInTasks } from "./registry.ts";
import { repeatCopy } from "./repeat-copy.ts";
import { range, type Sequence, type Task } from "./task.ts";

/** Says the bits it has seen: two inputs, one output. */
const echo: Task = {
  name: "echo",
  settings: { gain: 1, length: [2, 4] },
  beyond: { length: [9] },
  input: () => 2,
  output: () => 1,
  sequence(settings, draws) {
    const times = draws.integer(...range(settings, "length"));
    const y = Float32Array.from({ length: times }, () => draws.bit());
    const x = Float32Array.from({ length: times * 2 }, (_, place) => y[place >> 1]!);
    return { times, x, y, mask: new Float32Array(times).fill(1) };
  },
};

function withSequence(change: (made: Sequence) => unknown): Task {
  return { ...echo, sequence: (settings, draws) => change(echo.sequence(settings, draws)) as Sequence };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof TaskError && isTaskError(error), String(error));
    return error.message;
  }
  assert.fail("must be refused");
}

const place = { seed: 1, stream: streams.training, step: 0, from: 0, sequences: 4 } as const;
const start = "Cannot use task echo: sequence() must return ";
const sizes = "(gain 1, length 2)";

test("checkTask() takes memnet's own tasks, and a user's that keeps to the rules", () => {
  for (const task of [...builtInTasks, echo]) checkTask(task);
});

/** What a task gives in place of a sequence of two times, and what is said of it. */
const faults: readonly [name: string, fault: (made: Sequence) => unknown, said: string][] = [
  ["a promise", async (made) => made, "{ times, x, y, mask }, got a Promise"],
  ["undefined", () => undefined, "{ times, x, y, mask }, got undefined"],
  ["null", () => null, "{ times, x, y, mask }, got null"],
  ["a number", () => 3, "{ times, x, y, mask }, got a number"],
  ["an array", (made) => [made], "{ times, x, y, mask }, got an Array"],
  ["no times", ({ x, y, mask }) => ({ x, y, mask }), "times as a whole number from 1, got undefined"],
  ["0 times", (made) => ({ ...made, times: 0 }), "times as a whole number from 1, got 0"],
  ["half times", (made) => ({ ...made, times: 1.5 }), "times as a whole number from 1, got 1.5"],
  ["NaN times", (made) => ({ ...made, times: Number.NaN }), "times as a whole number from 1, got NaN"],
  ["a plain x", (made) => ({ ...made, x: [...made.x] }), "x as a Float32Array, got an Array"],
  [
    "a y of float64",
    (made) => ({ ...made, y: Float64Array.from(made.y) }),
    "y as a Float32Array, got a Float64Array",
  ],
  ["no mask", ({ mask: _, ...made }) => made, "mask as a Float32Array, got undefined"],
  ["a short x", (made) => ({ ...made, x: made.x.slice(1) }), "x with 4 numbers (2 times × 2), got 3"],
  ["a long y", (made) => ({ ...made, y: new Float32Array(3) }), "y with 2 numbers (2 times × 1), got 3"],
  [
    "an empty mask",
    (made) => ({ ...made, mask: new Float32Array() }),
    "mask with 2 numbers (2 times × 1), got 0",
  ],
  [
    "NaN in x",
    (made) => ({ ...made, x: made.x.with(3, Number.NaN) }),
    "finite numbers in x, got NaN at time 1, place 1",
  ],
  [
    "infinity in x",
    (made) => ({ ...made, x: made.x.with(0, 1 / 0) }),
    "finite numbers in x, got Infinity at time 0, place 0",
  ],
  [
    "NaN in y",
    (made) => ({ ...made, y: made.y.with(1, Number.NaN) }),
    "targets from 0 to 1 in y, got NaN at time 1",
  ],
  [
    "a target of 2",
    (made) => ({ ...made, y: made.y.with(0, 2) }),
    "targets from 0 to 1 in y, got 2 at time 0",
  ],
  [
    "a target of −1",
    (made) => ({ ...made, y: made.y.with(1, -1) }),
    "targets from 0 to 1 in y, got -1 at time 1",
  ],
  ["a mask of ½", (made) => ({ ...made, mask: made.mask.with(1, 0.5) }), "0 or 1 in mask, got 0.5 at time 1"],
  [
    "NaN in mask",
    (made) => ({ ...made, mask: made.mask.with(0, Number.NaN) }),
    "0 or 1 in mask, got NaN at time 0",
  ],
  [
    "a mask of zeros",
    (made) => ({ ...made, mask: made.mask.fill(0) }),
    "a mask that is 1 where an output counts, got 0 at every time",
  ],
];
for (const [name, fault, said] of faults) {
  test(`makeBatch() and checkTask() refuse ${name} from sequence()`, () => {
    const short = { gain: 1, length: [2, 2] } as const;
    assert.equal(
      refusal(() => makeBatch(withSequence(fault), short, place)),
      `${start}${said} ${sizes}`,
    );
    assert.equal(
      refusal(() => checkTask(withSequence(fault), short)),
      `${start}${said} ${sizes}`,
    );
  });
}

test("makeBatch() refuses the one sequence of many that cannot be used", () => {
  const at = new Draws(1, streams.training, 0, 2).integer(2, 4);
  const task = withSequence((made) => (made.times === at ? { ...made, y: made.y.fill(2) } : made));
  assert.match(
    refusal(() => makeBatch(task, echo.settings, place)),
    /targets from 0 to 1 in y, got 2 at time 0/,
  );
});

test("checkTask() names the size at which a task fails: each end of a range, and beyond training", () => {
  for (const [length, said] of [
    [2, "2–4"],
    [4, "2–4"],
    [9, "9"],
  ] as const) {
    const task = withSequence((made) => (made.times === length ? null : made));
    assert.equal(
      refusal(() => checkTask(task)),
      `${start}{ times, x, y, mask }, got null (gain 1, length ${said})`,
    );
  }
});

test("trialSizes() are the ends of each range, all together and one at a time, and the sizes beyond", () => {
  const lengths = trialSizes(repeatCopy, repeatCopy.settings).map(
    ({ length, repeats }) => `${String(length)} × ${String(repeats)}`,
  );
  assert.deepEqual(lengths, [
    "1,2 × 1,2",
    "1,1 × 1,1",
    "2,2 × 2,2",
    "1,1 × 1,2",
    "2,2 × 1,2",
    "1,2 × 1,1",
    "1,2 × 2,2",
    "4,4 × 1,2",
    "8,8 × 1,2",
    "20,20 × 1,2",
    "1,2 × 4,4",
    "1,2 × 10,10",
    "1,2 × 20,20",
  ]);
});

test("widthsOf() refuses widths that are not whole numbers from 1", () => {
  assert.deepEqual(widthsOf(copy, copy.settings), { input: 10, output: 8 });
  for (const [width, got] of [
    [0, "0"],
    [1.5, "1.5"],
    ["2", '"2"'],
    [undefined, "undefined"],
    [Promise.resolve(2), "a Promise"],
  ] as const) {
    for (const of of ["input", "output"] as const) {
      const task: Task = { ...echo, [of]: () => width as number };
      const said = `Cannot use task echo: ${of}() must return a whole number from 1, got ${got} (gain 1, length 2–4)`;
      assert.equal(
        refusal(() => widthsOf(task, echo.settings)),
        said,
      );
      assert.equal(
        refusal(() => checkTask(task)),
        said,
      );
    }
  }
});

test("a task that throws is named with what it threw", () => {
  const cause = new RangeError("no words");
  const task: Task = {
    ...echo,
    sequence() {
      throw cause;
    },
  };
  assert.throws(() => makeBatch(task, echo.settings, place), {
    name: "TaskError",
    code: "TASK",
    message:
      "Cannot use task echo: sequence() must not throw, and threw RangeError: no words (gain 1, length 2–4)",
    cause,
  });
  const input = (): never => {
    throw "text";
  };
  assert.match(
    refusal(() => checkTask({ ...echo, input })),
    /input\(\) must not throw, and threw text/,
  );
});

test("checkTask() refuses randomness of the task's own, a clock, and state kept between calls", () => {
  let calls = 0;
  const sources: Record<string, () => number> = {
    random: Math.random,
    now: () => Date.now() % 1000,
    second: () => new Date().getSeconds(),
    day: () => new Date().getDay(),
    performance: () => performance.now(),
    counter: () => calls++ % 3,
  };
  for (const [name, source] of Object.entries(sources)) {
    const task = withSequence((made) => ({ ...made, x: made.x.with(0, source()) }));
    assert.equal(
      refusal(() => checkTask(task)),
      "Cannot use task echo: it gives different sequences for the same draws; it must depend on its settings and draws " +
        "alone (gain 1, length 2–4)",
      name,
    );
  }
});

test("checkTask() gives the clock back, and leaves dates that are named alone", () => {
  const { Date: clock } = globalThis;
  checkTask(withSequence((made) => ({ ...made, x: made.x.with(0, new Date(2020, 1, 1).getDay()) })));
  assert.throws(() => checkTask(withSequence(() => new Date())));
  assert.equal(globalThis.Date, clock);
});

test("checkTask() refuses arrays that are used again", () => {
  const shared = new Float32Array(8);
  const task = withSequence((made) => {
    const x = shared.subarray(0, made.x.length);
    x.set(made.x);
    return { ...made, x };
  });
  assert.match(
    refusal(() => checkTask(task)),
    /must return new arrays each time/,
  );
});

test("checkTask() refuses a task that writes into its settings, even in sloppy mode", () => {
  const writes: Record<string, [(settings: Record<string, number[]>) => unknown, string]> = {
    setting: [(settings) => Object.assign(settings, { gain: [2] }), "gain"],
    range: [(settings) => settings.length!.splice(0, 1, 1), "0"],
    more: [(settings) => Object.assign(settings, { more: [2] }), "more"],
    less: [(settings) => void delete settings.gain, "gain"],
    "in place": [(settings) => void settings.length!.reverse(), "0"],
    // The body of a function that is made of text is in sloppy mode.
    sloppy: [new Function("settings", "settings.gain = 2") as () => void, "gain"],
  };
  for (const [name, [write, key]] of Object.entries(writes)) {
    const task: Task = {
      ...echo,
      sequence(settings, draws) {
        write(settings as unknown as Record<string, number[]>);
        return echo.sequence(settings, draws);
      },
    };
    assert.equal(
      refusal(() => checkTask(task)),
      `Cannot use task echo: it must not write into the settings it is given, and wrote ${key} (gain 1, length 2–4)`,
      name,
    );
  }
});

test("makeBatch() and widthsOf() give settings that cannot be written into, and leave the caller's alone", () => {
  const settings = { gain: 1, length: [2, 4] } as const;
  const seen: unknown[] = [];
  const note = (given: object) =>
    seen.push(Object.isFrozen(given) && Object.values(given).every(Object.isFrozen));
  const task: Task = {
    ...echo,
    input: (given) => note(given) && 2,
    sequence(given, draws) {
      note(given);
      return echo.sequence(given, draws);
    },
  };
  makeBatch(task, settings, place);
  widthsOf(task, settings);
  assert.deepEqual(seen, [true, true, true, true, true, true]);
  assert.equal(Object.isFrozen(settings) || Object.isFrozen(settings.length), false);
});

test("channelsOf() numbers the channels of a task that does not name them", () => {
  assert.deepEqual(channelsOf(echo, echo.settings), { input: ["0", "1"], output: ["0"] });
  assert.deepEqual(channelsOf(copy, { bits: 2, length: 3 }), {
    input: ["0", "1", "start", "end"],
    output: ["0", "1"],
  });
});

test("checkTask() refuses channels() that does not name every channel", () => {
  const input = ["a", "b"];
  for (const [channels, rule] of [
    [null, "2 strings as input"],
    [{ output: ["c"] }, "2 strings as input"],
    [{ input: ["a"], output: ["c"] }, "2 strings as input"],
    [{ input: ["a", 1], output: ["c"] }, "2 strings as input"],
    [{ input, output: [] }, "1 string as output"],
  ] as const) {
    const task = { ...echo, channels: () => channels as never };
    const wanted = "Cannot use task echo: channels() must return ";
    assert.ok(refusal(() => checkTask(task)).startsWith(wanted + rule));
  }
});

test("floorOf() is 0 for a task that knows none, and checkTask() refuses what is no loss", () => {
  const batch = makeBatch(echo, echo.settings, place);
  assert.equal(floorOf(echo, echo.settings, batch), 0);
  assert.equal(floorOf({ ...echo, floor: () => 3 }, echo.settings, batch), 3);
  for (const [floor, got] of [
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    ["3", '"3"'],
  ] as const) {
    const task = { ...echo, floor: () => floor as number };
    assert.ok(
      refusal(() => checkTask(task)).startsWith(
        `Cannot use task echo: floor() must return a number from 0, got ${got}`,
      ),
    );
  }
});
