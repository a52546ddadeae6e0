import type { Deadline } from '../../core/clock.js';
import type { Rng } from '../../core/rng.js';
import type { Task } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Model } from '../../model/model.js';
import type { KernelHost } from '../kernels/kernel-host.js';

/** Prepared rows with their answers. `target` holds the number, or the class index. */
export interface Sample {
  readonly table: Table;
  readonly target: Float64Array;
  /** One non-negative weight a row; absent means 1 each. */
  readonly weights?: Float64Array;
}

/** A parameter, declared once: default, range, what it does. Search spaces and documentation are made from it. */
export interface ParameterSpec {
  readonly doc: string;
  readonly default: number | string | boolean;
  /** Inclusive bounds for numbers. */
  readonly range?: readonly [number, number];
  readonly integer?: boolean;
  readonly log?: boolean;
  readonly choices?: readonly (string | number | boolean)[];
  /** What a search tries; absent: never searched. */
  readonly search?: SearchSpace;
}

/** Values that a search tries for a parameter. */
export interface SearchSpace {
  /** Inclusive; `log`: drawn evenly in the logarithm. */
  readonly range?: readonly [number, number];
  readonly log?: boolean;
  readonly choices?: readonly (string | number | boolean)[];
  /** Only when another parameter has one of these values; else it keeps its default. */
  readonly when?: { readonly parameter: string; readonly values: readonly (string | number | boolean)[] };
}

export type Parameters = Record<string, number | string | boolean>;

/** What a fit may use of the world. */
export interface FitContext {
  readonly task: Task;
  readonly rng: Rng;
  readonly deadline: Deadline;
  /** The kernels, with their threads. Absent: a learner that needs them makes its own, on one thread. */
  readonly host?: KernelHost;
  /** Called now and then with the share done (0–1) and the latest validation loss. */
  readonly onProgress?: (done: number, loss?: number) => void;
}

export interface Fitted {
  readonly model: Model;
  /** Counts of work done (e.g. `rounds`, `epochs`) and other numbers that validation settled: fitting again with these as limits gives the same model. */
  readonly work: Record<string, number>;
  /** True when the deadline cut it short. */
  readonly cut: boolean;
}

/** A learner fits; it holds no state. Parameters are checked in `fit`. */
export interface Learner {
  readonly id: string;
  /** For people: "Boosted trees". */
  readonly title: string;
  /** `trees`: numeric (NaN missing) and category columns as they are; `dense`: numeric, complete and standardised. */
  readonly input: 'trees' | 'dense';
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Other random numbers give another model, so that an average of several fits is better than one. */
  readonly seeded?: boolean;
  /** Its trees are averaged, not added up; there are many deep ones, so that a model takes megabytes. */
  readonly forest?: boolean;
  /** A person can read the whole model, each effect by itself. */
  readonly interpretable?: boolean;
  /**
   * Parameters for a fit without validation rows, from what earlier fits of the same candidate settled with them (rounds, epochs, penalty).
   * Absent: the parameters as they are.
   * @param works `Fitted.work` of those fits, at least one
   * @param moreRows rows of the new fit ÷ rows of those fits, mean
   */
  readonly refitParameters?: (parameters: Parameters, works: readonly Readonly<Record<string, number>>[], moreRows: number) => Parameters;
  /**
   * @param validation rows that may stop the training early; never fitted on
   * @param limits work counts recorded by an earlier fit (`Fitted.work`): then exactly that work is done, whatever the clock says
   * @throws MillwrightError `OPTION_INVALID` for a parameter out of range
   */
  fit(
    train: Sample,
    validation: Sample | undefined,
    parameters: Parameters,
    context: FitContext,
    limits?: Record<string, number>,
  ): Promise<Fitted>;
}
