/** Bugs put into the system on purpose, one at a time, which the simulation has to detect. */

export interface Mutation {
  readonly name: string;
  /** The path from the repository's root. */
  readonly file: string;
  /** The text to replace, which occurs exactly once. */
  readonly text: string;
  readonly instead: string;
  /** The simulation detects it within this many seeds, from 1 on; measured, with a margin. */
  readonly seeds: number;
}

const evaluator = "services/evaluator/src";
const coordinator = "services/coordinator/src";

export const mutations: readonly Mutation[] = [
  {
    name: "gradients are added in the order of arrival",
    file: `${coordinator}/core/tree.ts`,
    text: "    return (children(node) ?? []).flatMap((half) => this.parts(half));",
    instead: `    return [...this.results.values()].slice(0, 1).map(({ sum, nonFinite, ...first }) => ({
      node: this.root,
      sum: [...this.results.values()].slice(1).reduce(
        (all, other) => ({ gradient: all.gradient.map((one, index) => one + other.sum.gradient[index]!), loss: all.loss + other.sum.loss }),
        sum,
      ),
      nonFinite,
      first,
    }));`,
    seeds: 10,
  },
  {
    name: "a result that comes twice counts twice",
    file: `${coordinator}/core/core.ts`,
    text: '    if (this.work.tree.isFilled(result.node)) return [verdict("duplicate")];',
    instead: `    if (this.work.tree.isFilled(result.node)) {
      const known = this.work.tree.resultOf(result.node);
      if (known) known.sum.gradient.forEach((one, index, all) => { all[index] = one + result.sum.gradient[index]!; });
      return [verdict("duplicate")];
    }`,
    seeds: 30,
  },
  {
    name: "a result of another step counts",
    file: `${coordinator}/core/core.ts`,
    text: '    if (this.work?.step !== result.step || this.work.adding) return [verdict("stale")];',
    instead: '    if (!this.work || this.work.adding) return [verdict("stale")];',
    seeds: 30,
  },
  {
    name: "a result counts whoever was asked for it",
    file: `${coordinator}/core/history.ts`,
    text: '    if (!said.asked.get(nodeKey(result.node))?.has(result.trainer)) return { agrees: "not-asked" };',
    instead:
      '    if (!said.asked.get(nodeKey(result.node))?.has(result.trainer)) return { agrees: "first" };',
    seeds: 60,
  },
  {
    name: "the losses below a branch are not added",
    file: `${coordinator}/core/branches.ts`,
    text: "  return lossOf(tree, halves[0]) + lossOf(tree, halves[1]);",
    instead: "  return lossOf(tree, halves[0]);",
    seeds: 30,
  },
  {
    name: "a leader's steps are believed",
    file: `${coordinator}/core/history.ts`,
    text: '    if (said.parametersHash !== result.parametersHash) return { agrees: "other-parameters" };',
    instead: "",
    seeds: 60,
  },
  {
    name: "a step is taken before its audit",
    file: `${coordinator}/core/core.ts`,
    text: "    if (!this.auditor.wants(work, results)) return this.take(work, results, false);",
    instead:
      "    if (!this.auditor.wants(work, results) || now >= 0) return this.take(work, results, false);",
    seeds: 60,
  },
  {
    name: "an audit is believed without comparing",
    file: `${coordinator}/core/audit.ts`,
    text: "    const best = isArbiters ? result : decide(opinions)?.right;",
    instead: "    const best = isArbiters ? result : opinions[0];",
    seeds: 60,
  },
  {
    name: "an audit uses the data-env's batches",
    file: "services/trainer/src/serving.ts",
    text: "      audit ? null : batches.take(position.step, node.lo + index),",
    instead: "      batches.take(position.step, node.lo + index),",
    seeds: 120,
  },
  {
    name: "the arbiter judges several nodes at once",
    file: `${coordinator}/arbiter-queue.ts`,
    text: "    this.answered = this.answered.then(question).catch(this.options.fail);",
    instead: "    void question().catch(this.options.fail);",
    seeds: 200,
  },
  {
    name: "an older epoch is accepted",
    file: `${evaluator}/context.ts`,
    text: "  if (epoch !== run.epoch) {",
    instead: "  if (epoch > run.epoch) {",
    seeds: 100,
  },
  {
    name: "a file is not synced before it is renamed",
    file: `${evaluator}/runs-folder.ts`,
    text: "        await this.disk.writeFile(temporary, bytes);\n        await this.disk.syncFile(temporary);",
    instead: "        await this.disk.writeFile(temporary, bytes);",
    seeds: 10,
  },
  {
    name: "a file's name is not synced",
    file: `${evaluator}/runs-folder.ts`,
    text: "        await this.disk.rm(temporary).catch(() => {});\n        throw error;\n      }\n      await this.disk.syncFolder(dirname(path));\n    });\n  }\n\n  /** Makes a folder elsewhere",
    instead:
      "        await this.disk.rm(temporary).catch(() => {});\n        throw error;\n      }\n    });\n  }\n\n  /** Makes a folder elsewhere",
    seeds: 10,
  },
  {
    name: "lines are not synced",
    file: `${evaluator}/runs-folder.ts`,
    text: "      if (sync) await file.sync();",
    instead: "",
    seeds: 10,
  },
  {
    name: "an evaluator does not look whether it is fenced",
    file: `${evaluator}/runs-folder.ts`,
    text: "    if (!own || next) throw new FencedError(this.root, this.generation);",
    instead:
      "    if (!own && next && this.generation < 0) throw new FencedError(this.root, this.generation);",
    seeds: 100,
  },
  {
    name: "a newer evaluator does not take the work folder away",
    file: `${evaluator}/runs-folder.ts`,
    text: "      if (older !== undefined && Number(older) < this.generation) {",
    instead: "      if (older !== undefined && Number(older) < 0) {",
    seeds: 1000,
  },
  {
    name: "a batch is used again",
    file: "services/trainer/src/batch-window.ts",
    text: "      step: step - 1,",
    instead: "      step: Math.max(0, step - 2),",
    seeds: 10,
  },
  {
    name: "a snapshot is acknowledged before it is written",
    file: `${evaluator}/service.ts`,
    text: "      await snapshots.keep(fields);\n      return done;",
    instead: "      snapshots.keep(fields).catch(() => {});\n      return done;",
    seeds: 10,
  },
  {
    name: "a coordinator whose question for its run came twice continues with the first epoch",
    file: `${coordinator}/conductor.ts`,
    text: '      if (error instanceof RefusedError && error.code === "EPOCH") this.fail(error);',
    instead: "",
    seeds: 3000,
  },
  {
    name: "a claimed epoch is not synced",
    file: `${evaluator}/runs-folder.ts`,
    text: "    await this.disk.createExclusive(path, bytes);\n    await this.disk.syncFile(path);\n    await this.disk.syncFolder(dirname(path));",
    instead: "    await this.disk.createExclusive(path, bytes);",
    seeds: 1000,
  },
  {
    name: "a fenced evaluator refuses by what it remembers",
    file: `${evaluator}/context.ts`,
    text: "    return await work();\n  } finally {\n    await folder.check();\n  }",
    instead:
      "    return await work();\n  } finally {\n    if (folder.generation < 0) await folder.check();\n  }",
    seeds: 3000,
  },
];
