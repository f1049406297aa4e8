/**
 * The settings as types: written ones, of which any may be missing, and a whole configuration. Made from the schemas in
 * this folder by `npm run reference`.
 */

import type { BuiltInSettings } from "../tasks/built-in-settings.ts";
import type { TaskSetting, TaskSettings } from "../tasks/task.ts";

/**
 * Settings that override a preset's, section by section, such as `{ memory: { slots: 64 }, steps:
 * 1000, seed: 2 }`. What does not fit together, such as masks and an NTM, is refused with a
 * RangeError.
 */
export type TrainSettings<Own extends TaskSettings = BuiltInSettings> = {
  /** The task's name and its settings: whole numbers, or ranges [lo, hi] that each sequence draws from. */
  readonly task?: {
    /** The task's name: a built-in one's, or that of the option `task`. */
    readonly name?: string;
    /** SHA-256 of a task file of your own, which `loadTask` of memnet/node gives. */
    readonly sha256?: string;
  } & (string extends keyof Own
    ? { readonly [setting: string]: TaskSetting | string | undefined }
    : { readonly [Name in keyof Own]?: Own[Name] extends number ? number : TaskSetting });
  /** The kind of network: NTM, DNC or an LSTM alone. */
  readonly model?: "ntm" | "dnc" | "lstm";
  /** The optimizer; RMSprop by default. */
  readonly optimizer?:
    | {
        /** RMSprop, docs/model.md §13.1. */
        readonly kind?: "rmsprop";
        /** The learning rate. */
        readonly learningRate?: number;
        /** Decay of the average of squared gradients, α. */
        readonly decay?: number;
        /** Added to the divisor of an update, ε. */
        readonly epsilon?: number;
        /** The share of the last update that the next one keeps, μ. */
        readonly momentum?: number;
        /** How the learning rate changes over the steps, docs/model.md §13.3. */
        readonly schedule?: {
          /** Steps in which the rate grows linearly from 0 to its full value. */
          readonly warmup?: number;
          /** How the rate falls. */
          readonly decay?: "none" | "linear" | "cosine";
          /** The share of the rate that a decay leaves. */
          readonly to?: number;
          /** Steps, from the first, over which the rate decays; a decay needs it. */
          readonly over?: number | null;
        };
      }
    | {
        /** Adam, docs/model.md §13.2. */
        readonly kind?: "adam";
        /** The learning rate. */
        readonly learningRate?: number;
        /** Decay of the average of gradients, β₁. */
        readonly beta1?: number;
        /** Decay of the average of squared gradients, β₂. */
        readonly beta2?: number;
        /** Added to the divisor of an update, ε. */
        readonly epsilon?: number;
        /** How the learning rate changes over the steps, docs/model.md §13.3. */
        readonly schedule?: {
          /** Steps in which the rate grows linearly from 0 to its full value. */
          readonly warmup?: number;
          /** How the rate falls. */
          readonly decay?: "none" | "linear" | "cosine";
          /** The share of the rate that a decay leaves. */
          readonly to?: number;
          /** Steps, from the first, over which the rate decays; a decay needs it. */
          readonly over?: number | null;
        };
      };
  /** How a step's gradient is clipped, docs/model.md §12. */
  readonly clip?: {
    /** The gradient is scaled down to this norm; 0 for no limit. */
    readonly norm?: number;
    /** Then each element is clipped to −value … value; 0 for no limit. */
    readonly value?: number;
  };
  /** Other settings of the task from some steps on, in training alone, docs/model.md §11.6. */
  readonly curriculum?: readonly {
    /** The step, from 1, that begins the stage. */
    readonly from: number;
    /** The settings of the task that differ in this stage. */
    readonly task: {
      readonly [setting: string]: TaskSetting;
    };
  }[];
  /** Sequences in one update. */
  readonly sequencesPerStep?: number;
  /** Sequences that one trainer takes at a time, a leaf of the reduction tree; divides those of a step. */
  readonly microBatch?: number;
  /** Seed of initial parameters and data, up to 2⁵³ − 1. */
  readonly seed?: number;
  /** The engine's name; `auto` takes the fastest that works here. */
  readonly engine?: string;
  /** Whether a step whose loss or gradient is not finite makes no update, or ends the run. */
  readonly nonFinite?: "skip" | "fail";
  /** SHA-256 of the initial parameters if they do not come from the seed. `--from` and `--init` set it. */
  readonly initial?: string | null;
  /** A condition on a validation figure that ends the run at the step that was measured. */
  readonly until?: {
    /**
     * A mean over the validation sequences: loss in nats or in bits, wrong bits, or the share of exact
     * ones.
     */
    readonly figure?: "loss" | "lossBits" | "wrongBits" | "exact";
    /** How the figure must compare with the value. */
    readonly comparison?: "<" | "<=" | ">" | ">=";
    /** What the figure is compared with. */
    readonly value?: number;
    /** Steps between the run's evaluations, in place of `evaluateEvery`. */
    readonly every?: number;
    /** Batches of 16 sequences in each of them, in place of `evaluationBatches`. */
    readonly batches?: number;
  } | null;
  /** The controller. */
  readonly controller?: {
    /** The controller's kind, docs/model.md §3.3 and §3.4. */
    readonly kind?: "lstm" | "feedforward";
    /** Hidden units, H. */
    readonly hidden?: number;
  };
  /** The memory; an LSTM has none. */
  readonly memory?: {
    /** Memory slots, N. */
    readonly slots?: number;
    /** Width of a slot, W. */
    readonly width?: number;
    /** A DNC's heads compare keys through masks, docs/model.md §6.8. */
    readonly masked?: boolean;
    /** A slot that a DNC's free gates free is erased too, docs/model.md §6.9. */
    readonly deallocate?: boolean;
    /** A DNC's read heads sharpen the ways along the links, docs/model.md §6.10. */
    readonly sharpen?: boolean;
  };
  /** The heads; an LSTM has none. */
  readonly heads?: {
    /** Read heads, R. */
    readonly reads?: number;
    /** Write heads, K. */
    readonly writes?: number;
    /** Shifts of an NTM's head, S, odd: −(S−1)/2 … (S−1)/2. */
    readonly shifts?: number;
  };
  /** Optimizer updates in all. */
  readonly steps?: number;
  /** Steps between evaluations. The last step is evaluated too. */
  readonly evaluateEvery?: number;
  /** Validation batches of 16 sequences in an evaluation. */
  readonly evaluationBatches?: number;
  /**
   * Every so many evaluations, sizes beyond training are measured too. `train()` of the library does
   * not.
   */
  readonly beyondEvery?: number;
  /** Steps between checkpoints. Every evaluation writes one too. */
  readonly checkpointEvery?: number;
  /** How many of the newest checkpoints are always kept. */
  readonly checkpointsKept?: number;
  /** Trainers that `memnet train` starts. */
  readonly trainers?: number;
  /** Data-envs that `memnet train` starts. */
  readonly dataEnvs?: number;
  /** Admits trainers with another fingerprint, and marks the run as inexact from that step. */
  readonly relaxed?: boolean;
  /**
   * Share of the steps that other trainers compute again before they are taken, from 0 to 1. It costs
   * that share of the time, and nothing with one trainer in one process.
   */
  readonly audit?: number;
  /**
   * From so many trainers on, some of them add up the others' gradients and send the coordinator the
   * sums; 0 for never.
   */
  readonly branchesFrom?: number;
  /** Path of a task file of your own, the same for every process. `--task` sets it. */
  readonly taskFile?: string | null;
};

/** The settings of a run that do not decide its bits, and so may change from one start to the next. */
export type OperationConfig = {
  /** Optimizer updates in all. */
  readonly steps: number;
  /** Steps between evaluations. The last step is evaluated too. */
  readonly evaluateEvery: number;
  /** Validation batches of 16 sequences in an evaluation. */
  readonly evaluationBatches: number;
  /**
   * Every so many evaluations, sizes beyond training are measured too. `train()` of the library does
   * not.
   */
  readonly beyondEvery: number;
  /** Steps between checkpoints. Every evaluation writes one too. */
  readonly checkpointEvery: number;
  /** How many of the newest checkpoints are always kept. */
  readonly checkpointsKept: number;
  /** Trainers that `memnet train` starts. */
  readonly trainers: number;
  /** Data-envs that `memnet train` starts. */
  readonly dataEnvs: number;
  /** Admits trainers with another fingerprint, and marks the run as inexact from that step. */
  readonly relaxed: boolean;
  /**
   * Share of the steps that other trainers compute again before they are taken, from 0 to 1. It costs
   * that share of the time, and nothing with one trainer in one process.
   */
  readonly audit: number;
  /**
   * From so many trainers on, some of them add up the others' gradients and send the coordinator the
   * sums; 0 for never.
   */
  readonly branchesFrom: number;
  /** Path of a task file of your own, the same for every process. `--task` sets it. */
  readonly taskFile: string | null;
};

/** The settings that decide the bits of a result, those of each kind of network. */
export type TrainingConfig = {
  /** The task's name and its settings: whole numbers, or ranges [lo, hi] that each sequence draws from. */
  readonly task: {
    /** The task's name. */
    readonly name: string;
    /** SHA-256 of a task file of your own. `--task` sets it. */
    readonly sha256?: string | undefined;
    readonly [setting: string]: TaskSetting | string | undefined;
  };
  /** The optimizer; RMSprop by default. */
  readonly optimizer:
    | {
        /** RMSprop, docs/model.md §13.1. */
        readonly kind: "rmsprop";
        /** The learning rate. */
        readonly learningRate: number;
        /** Decay of the average of squared gradients, α. */
        readonly decay: number;
        /** Added to the divisor of an update, ε. */
        readonly epsilon: number;
        /** The share of the last update that the next one keeps, μ. */
        readonly momentum: number;
        /** How the learning rate changes over the steps, docs/model.md §13.3. */
        readonly schedule: {
          /** Steps in which the rate grows linearly from 0 to its full value. */
          readonly warmup: number;
          /** How the rate falls. */
          readonly decay: "none" | "linear" | "cosine";
          /** The share of the rate that a decay leaves. */
          readonly to: number;
          /** Steps, from the first, over which the rate decays; a decay needs it. */
          readonly over: number | null;
        };
      }
    | {
        /** Adam, docs/model.md §13.2. */
        readonly kind: "adam";
        /** The learning rate. */
        readonly learningRate: number;
        /** Decay of the average of gradients, β₁. */
        readonly beta1: number;
        /** Decay of the average of squared gradients, β₂. */
        readonly beta2: number;
        /** Added to the divisor of an update, ε. */
        readonly epsilon: number;
        /** How the learning rate changes over the steps, docs/model.md §13.3. */
        readonly schedule: {
          /** Steps in which the rate grows linearly from 0 to its full value. */
          readonly warmup: number;
          /** How the rate falls. */
          readonly decay: "none" | "linear" | "cosine";
          /** The share of the rate that a decay leaves. */
          readonly to: number;
          /** Steps, from the first, over which the rate decays; a decay needs it. */
          readonly over: number | null;
        };
      };
  /** How a step's gradient is clipped, docs/model.md §12. */
  readonly clip: {
    /** The gradient is scaled down to this norm; 0 for no limit. */
    readonly norm: number;
    /** Then each element is clipped to −value … value; 0 for no limit. */
    readonly value: number;
  };
  /** Other settings of the task from some steps on, in training alone, docs/model.md §11.6. */
  readonly curriculum: readonly {
    /** The step, from 1, that begins the stage. */
    readonly from: number;
    /** The settings of the task that differ in this stage. */
    readonly task: {
      readonly [setting: string]: TaskSetting;
    };
  }[];
  /** Sequences in one update. */
  readonly sequencesPerStep: number;
  /** Sequences that one trainer takes at a time, a leaf of the reduction tree; divides those of a step. */
  readonly microBatch: number;
  /** Seed of initial parameters and data, up to 2⁵³ − 1. */
  readonly seed: number;
  /** The engine's name; `auto` takes the fastest that works here. */
  readonly engine: string;
  /** Whether a step whose loss or gradient is not finite makes no update, or ends the run. */
  readonly nonFinite: "skip" | "fail";
  /** SHA-256 of the initial parameters if they do not come from the seed. `--from` and `--init` set it. */
  readonly initial: string | null;
  /** A condition on a validation figure that ends the run at the step that was measured. */
  readonly until: {
    /**
     * A mean over the validation sequences: loss in nats or in bits, wrong bits, or the share of exact
     * ones.
     */
    readonly figure: "loss" | "lossBits" | "wrongBits" | "exact";
    /** How the figure must compare with the value. */
    readonly comparison: "<" | "<=" | ">" | ">=";
    /** What the figure is compared with. */
    readonly value: number;
    /** Steps between the run's evaluations, in place of `evaluateEvery`. */
    readonly every: number;
    /** Batches of 16 sequences in each of them, in place of `evaluationBatches`. */
    readonly batches: number;
  } | null;
} & (
  | {
      /** The kind of network: NTM, DNC or an LSTM alone. */
      readonly model: "ntm";
      /** The controller. */
      readonly controller: {
        /** The controller's kind, docs/model.md §3.3 and §3.4. */
        readonly kind: "lstm" | "feedforward";
        /** Hidden units, H. */
        readonly hidden: number;
      };
      /** The memory; an LSTM has none. */
      readonly memory: {
        /** Memory slots, N. */
        readonly slots: number;
        /** Width of a slot, W. */
        readonly width: number;
      };
      /** The heads; an LSTM has none. */
      readonly heads: {
        /** Read heads, R. */
        readonly reads: number;
        /** Write heads, K. */
        readonly writes: number;
        /** Shifts of an NTM's head, S, odd: −(S−1)/2 … (S−1)/2. */
        readonly shifts: number;
      };
    }
  | {
      /** The kind of network: NTM, DNC or an LSTM alone. */
      readonly model: "dnc";
      /** The controller. */
      readonly controller: {
        /** The controller's kind, docs/model.md §3.3 and §3.4. */
        readonly kind: "lstm" | "feedforward";
        /** Hidden units, H. */
        readonly hidden: number;
      };
      /** The memory; an LSTM has none. */
      readonly memory: {
        /** Memory slots, N. */
        readonly slots: number;
        /** Width of a slot, W. */
        readonly width: number;
        /** A DNC's heads compare keys through masks, docs/model.md §6.8. */
        readonly masked: boolean;
        /** A slot that a DNC's free gates free is erased too, docs/model.md §6.9. */
        readonly deallocate: boolean;
        /** A DNC's read heads sharpen the ways along the links, docs/model.md §6.10. */
        readonly sharpen: boolean;
      };
      /** The heads; an LSTM has none. */
      readonly heads: {
        /** Read heads, R. */
        readonly reads: number;
        /** Write heads, K. */
        readonly writes: number;
      };
    }
  | {
      /** The kind of network: NTM, DNC or an LSTM alone. */
      readonly model: "lstm";
      /** The controller. */
      readonly controller: {
        /** An LSTM, docs/model.md §3.3. */
        readonly kind: "lstm";
        /** Hidden units, H. */
        readonly hidden: number;
      };
    }
);
