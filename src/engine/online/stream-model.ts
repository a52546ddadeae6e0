import { MillwrightError } from '../../core/errors.js';
import type { ColumnSchema } from '../../core/schema.js';
import { Fields, unreadable } from '../../model/fields.js';
import { readJson, writeJson } from '../../model/json.js';
import { type CellReader, cellReader } from '../../model/parse-cell.js';
import { parseSchema } from '../../model/parse-schema.js';
import { AdaptiveForest } from './adaptive-forest.js';
import { greatest } from './class-leaf.js';
import { FtrlModel } from './ftrl.js';
import { HoeffdingTree } from './hoeffding-tree.js';
import type { StreamSchema } from './infer-stream.js';
import { bounded, OnlineEncoder } from './online-encoder.js';
import type { OnlineLearner } from './online-learner.js';
import { Prequential } from './prequential.js';

/** Learners for streams, the usual first. */
export const ONLINE_LEARNERS = ['arf', 'hoeffding', 'ftrl'] as const;
export type OnlineLearnerId = (typeof ONLINE_LEARNERS)[number];

/** Classes that may turn up; rows of others are not learned. */
const MOST_CLASSES = 200;
/** Of the score that follows the stream: half of it is of the last 693 rows. */
const FADE = 0.999;
const FORMAT = 'millwright-stream';
const VERSION = 1;

/** What was said of a row before its answer was learned. */
export interface StreamAnswer {
  /** The class or number; undefined while nothing was learned. */
  predicted: string | number | undefined;
  /** Of the predicted class. */
  probability: number | undefined;
  /** Undefined: the row has no answer, or none that can be learned. */
  actual: string | number | undefined;
}

/**
 * A learner on a stream of raw rows, its encoder and its prequential scores: each row is predicted first and learned afterwards. Saved and loaded at any row, it goes
 * on as if it had never stopped, to the bit.
 * @example const model = new StreamModel(names, inferStream(names, firstRows, { target: 'class' }), 'arf', 0); model.take(cells).predicted
 */
export class StreamModel {
  readonly classes: string[] = [];
  /** What whoever feeds it keeps with it, to go on after the last row: plain data, saved as it is. */
  marks: unknown;
  readonly #index = new Map<string, number>();
  readonly #encoder: OnlineEncoder;
  readonly #learner: OnlineLearner;
  readonly #target: { at: number; read: CellReader };
  #out: Float64Array;
  /** Rows taken, and those of them without an answer to learn. */
  rows = 0;
  unanswered = 0;
  /** Over all rows; fading; since the last `turn`. */
  scores: { all: Prequential; fading: Prequential; recent: Prequential };

  /** @param names of the cells of a row, in their order */
  constructor(
    names: readonly string[],
    readonly stream: StreamSchema,
    readonly learnerId: OnlineLearnerId,
    readonly seed: number,
    saved?: Fields,
  ) {
    const { predicts, target } = stream;
    const column = stream.schema.columns.find((c) => c.name === target) as ColumnSchema;
    this.#target = { at: names.indexOf(target), read: cellReader(column) };
    this.#encoder = new OnlineEncoder(names, stream);
    const score = (key: string, fade: number) =>
      saved ? Prequential.load(predicts, fade, saved.object(key)) : new Prequential(predicts, fade);
    this.scores = { all: score('all', 1), fading: score('fading', FADE), recent: score('recent', 1) };
    this.#learner = learnerOf(this, this.#encoder, saved?.object('model'));
    this.#out = new Float64Array(1);
    if (!saved) return;
    this.#encoder.restore(saved.object('encoder'));
    this.rows = saved.whole('rows', 0, Number.MAX_SAFE_INTEGER);
    this.unanswered = saved.whole('unanswered', 0, Number.MAX_SAFE_INTEGER);
    this.marks = saved.raw('marks');
    const classes = saved.texts('classes');
    if (classes.length > MOST_CLASSES) throw unreadable(`${saved.where}.classes is longer than ${MOST_CLASSES}.`);
    for (const label of classes) this.#classOf(label);
  }

  /** Predicts a row, scores that, and learns its answer when it has one. */
  take(cells: readonly unknown[]): StreamAnswer {
    const row = this.#encoder.encode(cells);
    const numeric = this.stream.predicts === 'number';
    const known = this.classes.length;
    const outputs = numeric ? 1 : known;
    if (this.#out.length !== outputs) this.#out = new Float64Array(outputs);
    const out = this.#out;
    if (outputs > 0) this.#learner.predict(row, out);
    const called = numeric ? -1 : greatest(out);
    const learned = this.rows - this.unanswered > 0;
    const actual = this.#target.at < 0 ? undefined : this.#target.read(cells[this.#target.at]);
    this.rows++;
    const answer: StreamAnswer = numeric
      ? { predicted: learned ? out[0] : undefined, probability: undefined, actual }
      : { predicted: this.classes[called], probability: called < 0 ? undefined : out[called], actual };
    const y = typeof actual === 'string' ? this.#classOf(actual) : actual && bounded(actual);
    if (y === undefined) this.unanswered++;
    else {
      for (const score of Object.values(this.scores)) {
        if (!numeric) score.addClass(y, out, called);
        else if (learned) score.addNumber(y, out[0] as number);
      }
      this.#learner.learn(row, y);
    }
    this.#encoder.observe();
    return answer;
  }

  /** The index of a class, a new one where there is room. */
  #classOf(label: string): number | undefined {
    const found = this.#index.get(label);
    if (found !== undefined || this.classes.length >= MOST_CLASSES) return found;
    this.#index.set(label, this.classes.length);
    return this.classes.push(label) - 1;
  }

  /** Starts the recent scores anew. */
  turn(): void {
    this.scores.recent = new Prequential(this.stream.predicts);
  }

  /** What there is to say about the shape of the learner. */
  facts(): Record<string, number> {
    return this.#learner.facts();
  }

  save(): string {
    const { all, fading, recent } = this.scores;
    return writeJson({
      format: FORMAT,
      version: VERSION,
      learner: this.learnerId,
      seed: this.seed,
      predicts: this.stream.predicts,
      target: this.stream.target,
      schema: this.stream.schema,
      rows: this.rows,
      unanswered: this.unanswered,
      classes: this.classes,
      encoder: this.#encoder.save(),
      model: this.#learner.save(),
      all: all.save(),
      fading: fading.save(),
      recent: recent.save(),
      ...(this.marks !== undefined && { marks: this.marks }),
    });
  }

  /**
   * @param names of the cells of the rows to come; columns that are lacking count as missing
   * @throws MillwrightError `BUNDLE_UNREADABLE`, `BUNDLE_TOO_NEW`
   */
  static load(text: string, names: readonly string[]): StreamModel {
    const fields = new Fields(readJson(text, 'the state'), 'state');
    if (fields.raw('format') !== FORMAT) throw unreadable('The file holds no state of a stream.');
    if (fields.whole('version', 1, Number.MAX_SAFE_INTEGER) > VERSION)
      throw new MillwrightError('BUNDLE_TOO_NEW', 'The state was written by a newer Millwright.', 'Update Millwright.');
    const schema = parseSchema(fields.raw('schema'));
    const target = fields.text('target');
    if (!schema.columns.some((c) => c.name === target)) throw unreadable('state.target is no column of its schema.');
    const stream: StreamSchema = { schema, target, predicts: fields.choice('predicts', ['classes', 'number']) };
    return new StreamModel(names, stream, fields.choice('learner', ONLINE_LEARNERS), fields.whole('seed', 0, 0xffffffff), fields);
  }
}

function learnerOf(model: StreamModel, { kinds }: OnlineEncoder, saved: Fields | undefined): OnlineLearner {
  const { predicts } = model.stream;
  const options = { seed: model.seed };
  switch (model.learnerId) {
    case 'arf':
      return saved ? AdaptiveForest.load(predicts, kinds, options, saved) : new AdaptiveForest(predicts, kinds, options);
    case 'hoeffding':
      return saved ? HoeffdingTree.load(predicts, kinds, options, saved) : new HoeffdingTree(predicts, kinds, options);
    default:
      return saved ? FtrlModel.load(predicts, kinds, {}, saved) : new FtrlModel(predicts, kinds);
  }
}
