import type { Graph } from './graph.js';
import { inexpressible } from './inexpressible.js';
import type { Letters } from './letters.js';

/** A numeric column: one column of a tensor of doubles, NaN where missing. */
export interface Numeric {
  readonly kind: 'numeric';
  readonly tensor: string;
  readonly at: number;
  /** Columns of the tensor; undefined while it grows. */
  readonly width?: number;
}

/** A category column. */
export interface Category {
  readonly kind: 'category';
  /** Its own levels; none for a raw column, whose levels are not known. */
  readonly levels?: readonly string[];
  /** Rows × 1, int64: 0 for missing, 1 for what is not among the levels, 2 + its place for what is. */
  place(levels: readonly string[]): string;
  /** A raw column's characters. */
  letters?(): Letters;
}

/** A numeric column whose operators are added when it is asked for. */
export interface Later {
  readonly kind: 'later';
  readonly make: () => Numeric;
}

export type Cell = Numeric | Category | Later;

/** The columns of a prepared table on their way through a graph. */
export class Frame {
  readonly #matrices = new Map<string, string>();

  constructor(
    readonly graph: Graph,
    readonly columns: { get(name: string): Cell | undefined },
    /** A tensor with a row a row. */
    readonly anyInput: () => string,
  ) {}

  /** A frame of these columns on top of, or in place of, this one's. */
  with(added: ReadonlyMap<string, Cell | undefined>): Frame {
    const { columns } = this;
    return new Frame(this.graph, { get: (name) => (added.has(name) ? added.get(name) : columns.get(name)) }, this.anyInput);
  }

  /** The numeric column of that name; all missing when it is absent or of the other kind. */
  numeric(name: string): Numeric {
    const found = this.columns.get(name);
    if (found?.kind === 'numeric') return found;
    if (found?.kind === 'later') return found.make();
    return single(this.filled(this.graph.doubles([Number.NaN])));
  }

  /** The category column of that name; all missing when it is absent or of the other kind. */
  category(name: string): Category {
    const found = this.columns.get(name);
    if (found?.kind === 'category') return found;
    const missing = this.filled(this.graph.ints([0], [1, 1]));
    return { kind: 'category', levels: [], place: () => missing };
  }

  /** Places among a category's own levels. @throws MillwrightError `ONNX_INEXPRESSIBLE` for a raw column, whose levels are those of the table */
  codes(name: string): string {
    const category = this.category(name);
    if (category.levels) return category.place(category.levels);
    throw inexpressible(`a model reads the levels of "${name}" as they come`, 'Train the model again with this version.');
  }

  /** The constant (1 × n) once a row. */
  filled(constant: string): string {
    const { graph } = this;
    const rows = graph.op('Shape', [this.anyInput()], { start: 0, end: 1 });
    const shape = graph.op('Concat', [rows, graph.ints([1])], { axis: 0 });
    return graph.op('Expand', [constant, shape]);
  }

  /** The numeric columns of those names side by side: rows × names, double. */
  matrix(names: readonly string[]): string {
    return this.join(names.map((name) => this.numeric(name)));
  }

  /** Columns side by side. */
  join(columns: readonly Numeric[]): string {
    const key = JSON.stringify(columns.map((c) => [c.tensor, c.at]));
    const known = this.#matrices.get(key);
    if (known !== undefined) return known;
    const runs: Numeric[][] = [];
    for (const column of columns) {
      const last = runs.at(-1);
      if (last?.[0]?.tensor === column.tensor) last.push(column);
      else runs.push([column]);
    }
    const parts = runs.map((run) => this.#part(run));
    const made = parts.length === 1 ? (parts[0] as string) : this.graph.op('Concat', parts, { axis: 1 });
    this.#matrices.set(key, made);
    return made;
  }

  #part(run: readonly Numeric[]): string {
    const { tensor, width } = run[0] as Numeric;
    if (width === run.length && run.every((c, i) => c.at === i)) return tensor;
    return this.graph.op('Gather', [tensor, this.graph.ints(run.map((c) => c.at))], { axis: 1 });
  }
}

/** The only column of a tensor. */
export function single(tensor: string): Numeric {
  return { kind: 'numeric', tensor, at: 0, width: 1 };
}

/** Column after column of a tensor, by name. */
export function spread(tensor: string, names: readonly string[]): [string, Numeric][] {
  return names.map((name, at) => [name, { kind: 'numeric', tensor, at, width: names.length }]);
}

/** Columns of a tensor, by name, which is made when one of them is asked for. */
export function spreadLater(make: () => string, names: readonly string[]): [string, Later][] {
  let tensor: string | undefined;
  return names.map((name, at) => [
    name,
    {
      kind: 'later',
      make: () => {
        tensor ??= make();
        return { kind: 'numeric', tensor, at, width: names.length };
      },
    },
  ]);
}

/** A category with known levels whose places (as `Category.place` gives them for `levels`) are in `places`. */
export function coded(graph: Graph, levels: readonly string[], places: string): Category {
  return {
    kind: 'category',
    levels,
    place(wanted) {
      if (wanted === levels || (wanted.length === levels.length && wanted.every((level, i) => level === levels[i]))) return places;
      const index = new Map(wanted.map((level, i) => [level, i + 2]));
      return graph.op('Gather', [graph.ints([0, 1, ...levels.map((level) => index.get(level) ?? 1)]), places], { axis: 0 });
    },
  };
}
