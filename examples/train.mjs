import { writeFile } from "node:fs/promises";
import { train } from "memnet";

const trained = await train({
  preset: "copy-dnc",
  settings: { steps: 300, seed: 1 },
  evaluateEvery: 100,
  onEvaluation: ({ step, wrongBits }) => console.log(step, wrongBits),
});
console.log(trained.sha256);
await writeFile("model.safetensors", trained.checkpoint());
