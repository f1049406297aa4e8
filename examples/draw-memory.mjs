/** Draws an episode: a row is a slot, a column a time; the darker, the more a head writes there or reads. */
import { builtInTasks, Draws } from "memnet";
import { loadRun } from "memnet/node";

const model = await loadRun(process.argv[2] ?? "runs/copy");
const task = builtInTasks.find(({ name }) => name === model.training.task.name);
const { times, x, y } = task.sequence({ ...model.training.task, length: [5, 5] }, new Draws(7, 0, 0, 0));

const { bits } = await model.predict(x);
const wrong = bits.filter((bit, at) => bit !== y[at] && at >= bits.length / 2).length;
console.log(`${model.sha256.slice(0, 8)}, step ${model.step}: ${wrong} wrong bits`);

const { writeWeights, readWeights } = await model.trace(x);
for (const [name, { shape, data }] of Object.entries({ writeWeights, readWeights })) {
  const [, , heads, slots] = shape;
  console.log(`\n${name} of head 1`);
  for (let slot = 0; slot < slots; slot++) {
    const weights = Array.from({ length: times }, (_, time) => data[time * heads * slots + slot]);
    if (Math.max(...weights) < 0.1) continue;
    const row = weights.map((weight) => " ░▒▓█"[Math.min(4, Math.floor(weight * 5))]).join("");
    console.log(`${String(slot).padStart(4)} │${row}│`);
  }
}

// The same model, which is given one time after another.
const stream = await model.stream();
const width = model.config.input;
const last = Array.from({ length: times }, (_, time) =>
  stream.next(x.subarray(time * width, (time + 1) * width)),
).at(-1);
console.log(`\nlast word ${last.bits.join("")}`);
