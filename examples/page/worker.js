import { builtInTasks, createTrainer, Draws, loadModel } from "memnet";

let stopped = false;
self.addEventListener("message", () => {
  stopped = true;
});

const settings = { task: { length: [1, 10] }, steps: 6000, seed: 1 };
const copy = builtInTasks.find(({ name }) => name === "copy");
// The same episode each time, which training does not see.
const episode = copy.sequence({ bits: 8, length: [10, 10] }, new Draws(99, 0, 0, 0));

async function main() {
  const trainer = await createTrainer({ preset: "copy-dnc", engine: "wasm", settings });
  for await (const { step, loss } of trainer) {
    const done = stopped || step === settings.steps;
    if (step % 50 === 0 || done) postMessage({ step, loss, done, ...(await shown(trainer.checkpoint())) });
    if (done) break;
  }
}

/** What the model does with the episode now. */
async function shown(checkpoint) {
  const { times, x, y, mask } = episode;
  const model = await loadModel(checkpoint);
  const { logits, writeWeights, readWeights } = await model.trace(x);
  const { output, slots, reads } = model.config;
  // Answers before the end of the input do not count.
  const counts = (at) => mask[Math.floor(at / output)] === 1;
  const answer = logits.data.map((logit, at) => (counts(at) ? 1 / (1 + Math.exp(-logit)) : 0));
  const wrong = answer.filter((value, at) => counts(at) && value > 0.5 !== (y[at] === 1)).length;
  const counted = output * mask.filter((one) => one === 1).length;
  return {
    wrong,
    counted,
    pictures: {
      target: { times, rows: output, values: y },
      answer: { times, rows: output, values: answer },
      writes: { times, rows: slots, values: writeWeights.data },
      reads: { times, rows: reads * slots, values: readWeights.data },
    },
  };
}

main();
