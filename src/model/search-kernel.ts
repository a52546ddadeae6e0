import { type Instantiated, instantiate } from './instantiate.js';
import { isLeaf, LEAF, middleOf } from './kd-shape.js';
import { NEAREST } from './nearest-module.js';
import type { NearestRows } from './nearest-rows.js';

interface Calls {
  find(tree: number, query: number, width: number, scratch: number, distances: number, found: number, k: number, skip: number): number;
}

const TREE = 64;
const NODE = 12;
const PAGE = 65536;
/** Neighbours that there is room for at first. */
const ROOM = 256;

/** A k-d tree laid out for the WebAssembly search (kernels/nearest.ts). */
export class SearchKernel {
  distances: Float32Array = new Float32Array(0);
  found: Int32Array = new Int32Array(0);
  #query: Float32Array = new Float32Array(0);
  #room = 0;

  private constructor(
    readonly module: Instantiated<Calls>,
    readonly width: number,
    readonly queryAt: number,
  ) {
    this.#view(ROOM);
  }

  /** Undefined where WebAssembly cannot be used. */
  static of({ rows, width, count, of, at }: NearestRows): SearchKernel | undefined {
    const rowsAt = Math.ceil((TREE + (2 * of.length + 1) * NODE) / 64) * 64;
    const queryAt = rowsAt + Math.ceil(count / LEAF) * LEAF * width * 4;
    const made = instantiate<Calls>(NEAREST, end(queryAt, width, ROOM));
    if (!made) return undefined;
    const ints = new Int32Array(made.memory.buffer as ArrayBuffer);
    const floats = new Float32Array(made.memory.buffer as ArrayBuffer);
    const walk = (node: number, low: number, high: number): void => {
      const place = (TREE + node * NODE) / 4;
      if (isLeaf(low, high)) {
        ints.set([-1, low, rowsAt + low * width * 4], place);
        return;
      }
      ints[place] = of[node] as number;
      floats[place + 1] = at[node] as number;
      walk(2 * node + 1, low, middleOf(low, high));
      walk(2 * node + 2, middleOf(low, high), high);
    };
    walk(0, 0, count);
    floats.fill(Number.POSITIVE_INFINITY, rowsAt / 4, queryAt / 4);
    for (let row = 0; row < count; row++) {
      const lane = row % LEAF;
      const to = rowsAt / 4 + (row - lane) * width + lane;
      for (let j = 0; j < width; j++) floats[to + j * LEAF] = rows[row * width + j] as number;
    }
    return new SearchKernel(made, width, queryAt);
  }

  /** As `NearestRows.find`. */
  find(query: Float32Array, k: number, skip: number): number {
    if (k > this.#room) this.#view(k);
    this.#query.set(query);
    const { queryAt, width } = this;
    const distances = end(queryAt, width, 0);
    return this.module.call.find(TREE, queryAt, width, scratchOf(queryAt, width), distances, distances + this.#room * 4, k, skip);
  }

  /** Views of the memory, which grows for more neighbours. */
  #view(room: number): void {
    const { memory } = this.module;
    const missing = end(this.queryAt, this.width, room) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    const buffer = memory.buffer as ArrayBuffer;
    const distances = end(this.queryAt, this.width, 0);
    this.#room = room;
    this.#query = new Float32Array(buffer, this.queryAt, this.width);
    this.distances = new Float32Array(buffer, distances, room);
    this.found = new Int32Array(buffer, distances + room * 4, room);
  }
}

/** Where the query ends and the scratch begins. */
function scratchOf(queryAt: number, width: number): number {
  return Math.ceil((queryAt + width * 4) / 16) * 16;
}

/** Bytes up to the end of room for so many neighbours. */
function end(queryAt: number, width: number, room: number): number {
  return scratchOf(queryAt, width) + 64 + width * 8 + room * 8;
}
