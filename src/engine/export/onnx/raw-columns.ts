import type { ColumnSchema, Schema } from '../../../core/schema.js';
import { isNumericType } from '../../../model/parse-cell.js';
import { columnsToRead } from '../../../model/table-from-rows.js';
import type { Category, Cell } from './frame.js';
import type { Edge, Graph } from './graph.js';
import { type Letters, lettersOf } from './letters.js';

/** The farthest instants that dates know, in milliseconds. */
const LATEST = 8.64e15;

/**
 * The raw columns of a schema as inputs of a graph. Only those that are asked for become inputs; they are joined into one tensor of numbers and one of
 * texts, which are cleaned at once, before all else.
 */
export class RawColumns {
  readonly #numbers: { readonly column: ColumnSchema; readonly input: string }[] = [];
  readonly #texts: { readonly column: ColumnSchema; readonly input: string }[] = [];
  readonly #cells = new Map<string, Cell>();
  readonly #schema: ReadonlyMap<string, ColumnSchema>;
  readonly #number: string;
  readonly #text: string;
  readonly #trimmed: string;

  /** @param reserved names that inputs may not have, being those of outputs */
  constructor(
    private readonly graph: Graph,
    schema: Schema,
    private readonly reserved: ReadonlySet<string>,
  ) {
    this.#schema = new Map(columnsToRead(schema).map((c) => [c.name, c]));
    this.#number = graph.fresh();
    this.#text = graph.fresh();
    this.#trimmed = graph.fresh();
  }

  /** The inputs so far, in the order of the schema. */
  get inputs(): { readonly column: ColumnSchema; readonly edge: Edge }[] {
    const all = [...this.#numbers, ...this.#texts].map(({ column, input }) => ({
      column,
      edge: { name: input, type: isNumericType(column.type) ? ('double' as const) : ('string' as const), columns: 1 },
    }));
    const order = [...this.#schema.keys()];
    return all.sort((a, b) => order.indexOf(a.column.name) - order.indexOf(b.column.name));
  }

  get(name: string): Cell | undefined {
    const column = this.#schema.get(name);
    if (!column) return undefined;
    const known = this.#cells.get(name);
    if (known) return known;
    const cell = isNumericType(column.type) ? this.#numeric(column) : this.#category(column);
    this.#cells.set(name, cell);
    return cell;
  }

  /** An input, whichever; the first column when none was asked for. @returns undefined for a schema without columns */
  any(): string | undefined {
    if (this.#numbers.length + this.#texts.length === 0) for (const name of this.#schema.keys()) if (this.get(name)) break;
    return this.#numbers[0]?.input ?? this.#texts[0]?.input;
  }

  #inputName({ name }: ColumnSchema): string {
    // an empty name means "no input", and no tensor may have two makers
    let input = name === '' ? 'column' : name;
    while (this.reserved.has(input) || (input !== name && this.#schema.has(input))) input += '_';
    return input;
  }

  #numeric(column: ColumnSchema): Cell {
    const at = this.#numbers.push({ column, input: this.#inputName(column) }) - 1;
    return { kind: 'numeric', tensor: this.#number, at };
  }

  #category(column: ColumnSchema): Category {
    const at = this.#texts.push({ column, input: this.#inputName(column) }) - 1;
    const known = new Map<string, string>();
    const { graph } = this;
    let text: string | undefined;
    let letters: Letters | undefined;
    const own = (): string => {
      text ??= graph.op('Gather', [this.#trimmed, graph.ints([at])], { axis: 1 });
      return text;
    };
    return {
      kind: 'category',
      letters: () => {
        letters ??= lettersOf(graph, own());
        return letters;
      },
      place: (levels) => {
        const key = JSON.stringify(levels);
        let places = known.get(key);
        if (places === undefined) {
          const code = graph.op('LabelEncoder', [own()], {
            keys_strings: ['', ...levels],
            values_int64s: Int32Array.from(['', ...levels], (_, i) => (i === 0 ? 0 : i + 1)),
            default_int64: 1,
          });
          places = this.#withoutTokens(own(), column.missing, code);
          known.set(key, places);
        }
        return places;
      },
    };
  }

  #withoutTokens(text: string, tokens: readonly string[], code: string): string {
    const { graph } = this;
    const missing = graph.op('RegexFullMatch', [text], { pattern: missingPattern(tokens) });
    return graph.op('Where', [missing, graph.ints([0], [1, 1]), code]);
  }

  /** Writes the operators that all others read from. */
  finish(): void {
    if (this.#numbers.length > 0) this.#finishNumbers();
    if (this.#texts.length > 0) this.#finishTexts();
  }

  /** Numbers that a reader would not take become missing: tokens such as −999, instants beyond time, answers other than 0 and 1, infinities. */
  #finishNumbers(): void {
    const { graph } = this;
    const columns = this.#numbers.map((n) => n.column);
    const early = (type: string, inputs: readonly string[]): string => {
      const name = graph.fresh();
      graph.opInto([name], type, inputs, {}, true);
      return name;
    };
    const joined = graph.fresh();
    graph.opInto(
      [joined],
      'Concat',
      this.#numbers.map((n) => n.input),
      { axis: 1 },
      true,
    );
    const farthest = columns.map((c) => (c.type === 'datetime' ? LATEST : Number.MAX_VALUE));
    let fine = early('LessOrEqual', [early('Abs', [joined]), graph.doubles(farthest)]);
    const tokens = columns.map(numericTokens);
    const most = Math.max(...tokens.map((t) => t.length));
    for (let i = 0; i < most; i++)
      fine = early('And', [fine, early('Not', [early('Equal', [joined, graph.doubles(tokens.map((t) => t[i] ?? Number.NaN))])])]);
    if (columns.some((c) => c.type === 'boolean')) {
      const anything = graph.constant({
        type: 'double',
        shape: [1, columns.length],
        values: columns.map((c) => (c.type === 'boolean' ? 0 : 1)),
      });
      const answer = early('Or', [early('Equal', [joined, graph.number(0)]), early('Equal', [joined, graph.number(1)])]);
      fine = early('And', [fine, early('Or', [answer, early('Equal', [anything, graph.number(1)])])]);
    }
    graph.opInto([this.#number], 'Where', [fine, joined, graph.number(Number.NaN)], {}, true);
  }

  /** Texts without the spaces at their ends. */
  #finishTexts(): void {
    const { graph } = this;
    graph.opInto(
      [this.#text],
      'Concat',
      this.#texts.map((t) => t.input),
      { axis: 1 },
      true,
    );
    const [split, count, blank, shape, padded] = [graph.fresh(), graph.fresh(), graph.fresh(), graph.fresh(), graph.fresh()];
    // no split at all leaves the text alone, less the spaces; but for none at all where all texts are blank
    graph.opInto([split, count], 'StringSplit', [this.#text], { delimiter: '', maxsplit: 0 }, true);
    graph.opInto([shape], 'Concat', [this.#shapeOf(this.#text), graph.ints([1])], { axis: 0 }, true);
    graph.opInto([blank], 'Expand', [graph.constant({ type: 'string', shape: [1], values: [''] }), shape], {}, true);
    graph.opInto([padded], 'Concat', [split, blank], { axis: 2 }, true);
    graph.opInto([this.#trimmed], 'Gather', [padded, graph.ints([0], [])], { axis: 2 }, true);
  }

  #shapeOf(tensor: string): string {
    const name = this.graph.fresh();
    this.graph.opInto([name], 'Shape', [tensor], {}, true);
    return name;
  }
}

/** Numbers that mean "missing": tokens that are spelled as JavaScript spells the number. */
function numericTokens({ type, missing }: ColumnSchema): number[] {
  if (type !== 'number') return [];
  return missing.filter((token) => token !== '' && String(Number(token)) === token && Number.isFinite(Number(token))).map(Number);
}

/** What JavaScript trims, as a class of RE2. */
const SPACE = '[\\t\\n\\x{0B}\\f\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]*';

/** A pattern for the tokens (lower-case), spelled in upper case too and with white space around. */
function missingPattern(tokens: readonly string[]): string {
  const spelled = tokens.map((token) => Array.from(token, anyCase).join(''));
  return `${SPACE}(?:${['', ...spelled].join('|')})${SPACE}`;
}

function anyCase(character: string): string {
  const quoted = (c: string): string => `\\x{${(c.codePointAt(0) as number).toString(16)}}`;
  const upper = character.toUpperCase();
  return upper !== character && Array.from(upper).length === 1 ? `[${quoted(character)}${quoted(upper)}]` : quoted(character);
}
