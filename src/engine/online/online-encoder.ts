import { type ColumnSchema, isFeature } from '../../core/schema.js';
import { textHash } from '../../core/text-hash.js';
import { type Fields, unreadable } from '../../model/fields.js';
import { type CellReader, cellReader } from '../../model/parse-cell.js';
import { DATE_PARTS, readDate } from '../../model/steps/date-parts.js';
import type { StreamSchema } from './infer-stream.js';
import { Moments } from './moments.js';
import type { FeatureKind, OnlineRow } from './online-learner.js';

/** Levels that a category may have, and all together; those that come later share a few codes by hash. */
const MOST_LEVELS = 1000;
const MOST_LEVELS_TOGETHER = 50_000;
const SHARED = 16;
/** Numbers farther from 0 count as this, so that sums of squares, which are kept, stay numbers. */
const FARTHEST = 1e50;
/** Characters of a level that count. */
const LONGEST = 200;
/** Parts of an instant that are features. */
const PARTS = (['elapsed', 'month', 'weekday', 'hour'] as const).map((part) => DATE_PARTS.indexOf(part));

interface Source {
  /** Where its cell stands in a row; −1: the stream has no such column. */
  at: number;
  /** Its first feature. */
  first: number;
  column: ColumnSchema;
  read: CellReader;
  levels: Map<string, number>;
}

/**
 * Turns raw rows into what online learners take, by what it has seen so far: numbers standardised by running moments, categories by a growing map of levels,
 * instants as day, month, weekday and hour, missing cells as NaN. Memory is bounded.
 * @example const encoder = new OnlineEncoder(names, stream); learner.predict(encoder.encode(cells), out); encoder.observe();
 */
export class OnlineEncoder {
  readonly kinds: readonly FeatureKind[];
  readonly #sources: Source[] = [];
  readonly #moments: Moments[];
  readonly #row: OnlineRow;
  readonly #parts = new Float64Array(DATE_PARTS.length);
  #levels = 0;

  /** @param names of the cells of a row, in their order */
  constructor(names: readonly string[], { schema, target }: StreamSchema) {
    const kinds: FeatureKind[] = [];
    for (const column of schema.columns) {
      if (!isFeature(column, target) || column.type === 'text') continue;
      this.#sources.push({ at: names.indexOf(column.name), first: kinds.length, column, read: cellReader(column), levels: new Map() });
      if (column.type === 'datetime') kinds.push('number', 'part', 'part', 'part');
      else kinds.push(column.type === 'category' ? 'category' : 'number');
    }
    this.kinds = kinds;
    this.#moments = kinds.map(() => new Moments());
    this.#row = { x: new Float64Array(kinds.length), z: new Float64Array(kinds.length) };
  }

  /** The row is written anew by the next call. */
  encode(cells: readonly unknown[]): OnlineRow {
    const { x, z } = this.#row;
    for (const { at, first, column, read, levels } of this.#sources) {
      const cell = at < 0 ? undefined : read(cells[at]);
      if (column.type === 'datetime') {
        this.#parts.fill(Number.NaN);
        if (typeof cell === 'number') readDate(cell, 0, this.#parts);
        for (let i = 0; i < PARTS.length; i++) x[first + i] = this.#parts[PARTS[i] as number] as number;
      } else x[first] = typeof cell === 'string' ? this.#code(levels, cell) : bounded(cell ?? Number.NaN);
    }
    for (let f = 0; f < x.length; f++) {
      const value = x[f] as number;
      const { mean, variance } = this.#moments[f] as Moments;
      z[f] = Number.isNaN(value) || this.kinds[f] === 'category' || !(variance > 0) ? 0 : (value - mean) / Math.sqrt(variance);
    }
    return this.#row;
  }

  /** Takes the row that was encoded last into the moments. */
  observe(): void {
    const { x } = this.#row;
    for (let f = 0; f < x.length; f++)
      if (this.kinds[f] !== 'category' && !Number.isNaN(x[f] as number)) (this.#moments[f] as Moments).add(x[f] as number);
  }

  #code(levels: Map<string, number>, cell: string): number {
    const level = cell.length > LONGEST ? cell.slice(0, LONGEST) : cell;
    const found = levels.get(level);
    if (found !== undefined) return found;
    if (levels.size >= MOST_LEVELS || this.#levels >= MOST_LEVELS_TOGETHER) return MOST_LEVELS + ((textHash(level) >>> 0) % SHARED);
    this.#levels++;
    const code = levels.size;
    levels.set(level, code);
    return code;
  }

  save(): object {
    return {
      levels: this.#sources.map(({ levels }) => [...levels.keys()]),
      moments: this.#moments.flatMap((m) => m.parts),
    };
  }

  /** Goes on where `save` was. @throws MillwrightError `BUNDLE_UNREADABLE` */
  restore(fields: Fields): this {
    const lists = fields.raw('levels');
    if (!Array.isArray(lists) || lists.length !== this.#sources.length)
      throw unreadable(`${fields.where}.levels is not a list for each column.`);
    this.#sources.forEach(({ levels }, i) => {
      const list: unknown = lists[i];
      if (!Array.isArray(list) || list.length > MOST_LEVELS || !list.every((l) => typeof l === 'string'))
        throw unreadable(`${fields.where}.levels[${i}] is not at most ${MOST_LEVELS} texts.`);
      for (const level of list as string[]) levels.set(level, levels.size);
      this.#levels += levels.size;
    });
    const moments = fields.numbers('moments', 3 * this.kinds.length);
    for (let f = 0; f < this.kinds.length; f++) this.#moments[f] = Moments.at(moments, 3 * f);
    return this;
  }
}

/** A number that can be learned from. */
export function bounded(value: number): number {
  return Math.max(-FARTHEST, Math.min(FARTHEST, value));
}
