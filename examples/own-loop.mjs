import { createTrainer } from "memnet";

const preset = "copy-dnc";
const short = { task: { length: [1, 3] }, sequencesPerStep: 4, microBatch: 4, evaluationBatches: 2 };
const first = await createTrainer({ preset, settings: { ...short, steps: 2000 } });
for await (const { step, loss } of first) {
  if (step % 50 !== 0) continue;
  const { wrongBits } = await first.evaluate();
  console.log(`step ${step}: loss ${loss.toFixed(2)} nats, ${wrongBits.toFixed(2)} wrong bits`);
  if (wrongBits < 8) break;
}

// What was learned does not depend on the number of slots.
const initial = first.checkpoint();
const larger = await createTrainer({ preset, initial, settings: { memory: { slots: 48 }, steps: 20 } });
for await (const { step, loss } of larger)
  if (step % 10 === 0) console.log(`larger, step ${step}: ${loss.toFixed(2)}`);
console.log(larger.sha256);
