import { Message } from './message.js';

/** Element types of ONNX tensors. */
export const FLOAT = 1;
const UINT8 = 2;
const INT8 = 3;
export const INT64 = 7;
export const BOOL = 9;
const STRING = 8;
export const DOUBLE = 11;

/** A tensor that is part of the model. */
export type Constant =
  | {
      readonly type: 'double' | 'float' | 'int64' | 'uint8' | 'int8';
      readonly shape: readonly number[];
      readonly values: ArrayLike<number>;
    }
  | { readonly type: 'string'; readonly shape: readonly number[]; readonly values: readonly string[] };

/** A parameter of an operator: a whole number, text, several of either, or a tensor. */
export type Attribute = number | string | readonly string[] | Float64Array | Int32Array | Uint8Array | Message;

const ML = 'ai.onnx.ml';
/** Operators of the classical-machine-learning domain. */
const ML_OPERATORS: ReadonlySet<string> = new Set(['TreeEnsemble', 'LabelEncoder']);
/** Operators of onnxruntime's own. */
const RUNTIME = 'com.microsoft';
const RUNTIME_OPERATORS: ReadonlySet<string> = new Set(['Tokenizer']);
/** Opsets: 20 has `RegexFullMatch` and `StringSplit`; 5 has trees in doubles. */
const OPSET = 20;
const ML_OPSET = 5;
const IR_VERSION = 10;

/** A tensor at the edge of the model: its rows × columns, or its rows alone. */
export interface Edge {
  readonly name: string;
  readonly type: 'double' | 'string';
  readonly columns?: number;
}

/** An ONNX graph as it grows: operators in order, and constants kept once each. Tensors are known by their names. */
export class Graph {
  readonly #nodes: Message[] = [];
  readonly #first: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #known = new Map<string, string>();
  #names = 0;
  #ofRuntime = false;
  readonly #told: Message[] = [];

  /** @param prefix begins the names of inner tensors; no input or output may begin with it */
  constructor(readonly prefix: string) {}

  fresh(): string {
    return `${this.prefix}${this.#names++}`;
  }

  /** Adds an operator. @returns the name of its first output */
  op(type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = this.fresh();
    this.opInto([name], type, inputs, attributes);
    return name;
  }

  /** Adds an operator whose outputs have the given names. @param early puts it before all that are not early */
  opInto(
    outputs: readonly string[],
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    early = false,
  ): void {
    const node = new Message();
    for (const name of inputs) node.text(1, name);
    for (const name of outputs) node.text(2, name);
    node.text(3, outputs[0] as string).text(4, type);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    const domain = ML_OPERATORS.has(type) ? ML : RUNTIME_OPERATORS.has(type) ? RUNTIME : undefined;
    if (domain !== undefined) node.text(7, domain);
    if (domain === RUNTIME) this.#ofRuntime = true;
    (early ? this.#first : this.#nodes).push(node);
  }

  /** Says that an inner tensor holds rows of texts: tools for ONNX cannot find it out of an operator that they do not know. */
  tellTexts(name: string): void {
    const shape = new Message().message(1, new Message().text(2, 'rows')).message(1, new Message().text(2, `${name} columns`));
    const of = new Message().whole(1, STRING).message(2, shape);
    this.#told.push(new Message().text(1, name).message(2, new Message().message(1, of)));
  }

  /** A constant; small ones are kept once, however often they are asked for. */
  constant(constant: Constant): string {
    const { type, shape, values } = constant;
    const key = values.length <= 64 ? `${type} ${shape.join()} ${JSON.stringify(Array.from(values, spell))}` : undefined;
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.fresh();
    this.#constants.push(tensor(constant, name));
    if (key !== undefined) this.#known.set(key, name);
    return name;
  }

  /** A row of doubles, 1 × its length unless a shape is given. */
  doubles(values: ArrayLike<number>, shape: readonly number[] = [1, values.length]): string {
    return this.constant({ type: 'double', shape, values });
  }

  /** A number that fits any shape. */
  number(value: number): string {
    return this.doubles([value], []);
  }

  ints(values: ArrayLike<number>, shape: readonly number[] = [values.length]): string {
    return this.constant({ type: 'int64', shape, values });
  }

  /** The graph as the body of a loop, its inputs and outputs by name and element type. */
  body(inputs: readonly (readonly [string, number])[], outputs: readonly (readonly [string, number])[]): Message {
    const graph = new Message();
    for (const node of this.#nodes) graph.message(1, node);
    graph.text(2, 'body');
    for (const constant of this.#constants) graph.message(5, constant);
    const typed = ([name, type]: readonly [string, number]): Message =>
      new Message().text(1, name).message(2, new Message().message(1, new Message().whole(1, type)));
    for (const input of inputs) graph.message(11, typed(input));
    for (const output of outputs) graph.message(12, typed(output));
    return graph;
  }

  /** The whole model, as bytes. */
  finish(about: {
    readonly version: string;
    readonly doc: string;
    readonly inputs: readonly Edge[];
    readonly outputs: readonly Edge[];
    readonly properties: ReadonlyMap<string, string>;
  }): Uint8Array {
    const graph = new Message();
    for (const node of [...this.#first, ...this.#nodes]) graph.message(1, node);
    graph.text(2, 'millwright');
    for (const constant of this.#constants) graph.message(5, constant);
    for (const edge of about.inputs) graph.message(11, valueInfo(edge));
    for (const edge of about.outputs) graph.message(12, valueInfo(edge));
    for (const told of this.#told) graph.message(13, told);
    const model = new Message()
      .whole(1, IR_VERSION)
      .text(2, 'millwright')
      .text(3, about.version)
      .whole(5, 1)
      .text(6, about.doc)
      .message(7, graph)
      .message(8, new Message().text(1, '').whole(2, OPSET))
      .message(8, new Message().text(1, ML).whole(2, ML_OPSET));
    if (this.#ofRuntime) model.message(8, new Message().text(1, RUNTIME).whole(2, 1));
    for (const [key, value] of about.properties) model.message(14, new Message().text(1, key).text(2, value));
    return model.finish();
  }
}

/** JSON has no NaN, no infinities and no −0. */
function spell(value: number | string): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function valueInfo({ name, type, columns }: Edge): Message {
  const shape = new Message().message(1, new Message().text(2, 'rows'));
  if (columns !== undefined) shape.message(1, new Message().whole(1, columns));
  const of = new Message().whole(1, type === 'double' ? DOUBLE : STRING).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, of));
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.whole(3, value).whole(20, 2);
  if (typeof value === 'string') return message.text(4, value).whole(20, 3);
  if (value instanceof Float64Array)
    return message.message(5, tensor({ type: 'double', shape: [value.length], values: value })).whole(20, 4);
  if (value instanceof Uint8Array) return message.message(5, tensor({ type: 'uint8', shape: [value.length], values: value })).whole(20, 4);
  if (value instanceof Int32Array) return message.wholes(8, value).whole(20, 7);
  if (value instanceof Message) return message.message(6, value).whole(20, 5);
  for (const text of value as readonly string[]) message.text(9, text);
  return message.whole(20, 8);
}

const TYPES = { float: FLOAT, uint8: UINT8, int8: INT8, int64: INT64, double: DOUBLE } as const;

function tensor(constant: Constant, name?: string): Message {
  const message = new Message().wholes(1, constant.shape).whole(2, constant.type === 'string' ? STRING : TYPES[constant.type]);
  const encoder = new TextEncoder();
  if (constant.type === 'string') for (const text of constant.values) message.bytes(6, encoder.encode(text));
  if (name !== undefined) message.text(8, name);
  return constant.type === 'string' ? message : message.bytes(9, rawBytes(constant.type, constant.values));
}

/** Little-endian, as the format wants, on every machine. */
function rawBytes(type: keyof typeof TYPES, values: ArrayLike<number>): Uint8Array {
  const size = type === 'uint8' || type === 'int8' ? 1 : type === 'float' ? 4 : 8;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (type === 'double') view.setFloat64(i * 8, value, true);
    else if (type === 'float') view.setFloat32(i * 4, value, true);
    else if (type === 'int64') view.setBigInt64(i * 8, BigInt(value), true);
    else if (type === 'int8') view.setInt8(i, value);
    else view.setUint8(i, value);
  }
  return bytes;
}
