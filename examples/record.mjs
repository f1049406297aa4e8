import { train } from "memnet";
import { loadTask, recordRun } from "memnet/node";

const { task, settings } = await loadTask("./own-task.ts");
const trained = await train({
  preset: "copy-dnc",
  task,
  settings: { ...settings, steps: 100, evaluateEvery: 50 },
  recorder: recordRun({ run: "parity" }),
});
console.log(`${trained.sha256}: npx memnet report parity`);
