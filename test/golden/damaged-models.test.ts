import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillwrightError } from '../../src/core/errors.js';
import { Table } from '../../src/core/table.js';
import { decodeBundle } from '../../src/model/bundle-file.js';
import { decodeModel } from '../../src/model/decode-model.js';
import type { Blobs } from '../../src/model/model.js';
import { checkOutputs } from '../../src/model/predict.js';
import { applyRecipe } from '../../src/model/recipe.js';
import { tableFromRows } from '../../src/model/table-from-rows.js';

// Each field of a saved model, damaged in every way: either the decoder says so, or what it reads still predicts rows of the right shape.

type Blob = Blobs[string];
interface Damage {
  readonly what: string;
  readonly head: Record<string, unknown>;
  readonly blobs: Blobs;
  /** Nothing could still be read. */
  readonly fatal: boolean;
}

/** A value in the place of another of a head; `fatal` when no field of the kind may hold it. Other names in a list are told only when rows are scored. */
function strangers(value: unknown): [value: unknown, fatal: boolean][] {
  const any: [unknown, boolean][] = [
    [null, true],
    [{}, true],
    ['no such text', typeof value !== 'string' || value.length < 12],
    [Number.NaN, true],
    [1e300, typeof value !== 'number'],
    [-7, typeof value !== 'number'],
    [0.5, typeof value !== 'number'],
  ];
  if (!Array.isArray(value)) return [...any, [[], true]];
  const [first] = value as unknown[];
  return [
    ...any,
    [value.slice(1), value.length > 0],
    [[...(value as unknown[]), first ?? 'one more'], true],
    ...strangers(first).map(([v, fatal]): [unknown, boolean] => [
      [v, ...(value as unknown[]).slice(1)],
      fatal && value.length > 0 && typeof v !== 'string',
    ]),
  ];
}

function strangeBlobs(blob: Blob): [what: string, blob: Blob | undefined, fatal: boolean][] {
  const changed = (value: number, at: number): Blob => {
    const copy = blob.slice();
    copy[at] = value;
    return copy;
  };
  const whole = !(blob instanceof Float32Array || blob instanceof Float64Array);
  const out: [string, Blob | undefined, boolean][] = [
    ['absent', undefined, true],
    ['one shorter', blob.slice(0, -1), blob.length > 0],
    ['one longer', Object.assign(new (blob.constructor as new (n: number) => Blob)(blob.length + 1), {}), true],
    ['empty', blob.slice(0, 0), blob.length > 0],
    ['of other numbers', blob instanceof Float64Array ? Float32Array.from(blob) : Float64Array.from(blob), true],
  ];
  for (const at of new Set(blob.length > 0 ? [0, blob.length >> 1, blob.length - 1] : []))
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 255, 2 ** 31 - 1, -(2 ** 31), 0.5, -1e300, 1e38])
      out.push([`${value} at ${at}`, changed(value, at), !whole && !Number.isFinite(value)]);
  return out;
}

function damages(head: Record<string, unknown>, blobs: Blobs): Damage[] {
  const out: Damage[] = [];
  for (const [key, value] of Object.entries(head)) {
    if (key === 'kind') continue;
    const { [key]: _, ...rest } = head;
    out.push({ what: `${key} absent`, head: rest, blobs, fatal: key !== 'scale' });
    for (const [stranger, fatal] of strangers(value))
      out.push({ what: `${key}: ${JSON.stringify(stranger)}`, head: { ...head, [key]: stranger }, blobs, fatal });
  }
  for (const [key, blob] of Object.entries(blobs))
    for (const [what, stranger, fatal] of strangeBlobs(blob)) {
      const { [key]: _, ...rest } = blobs;
      // levels without a bin of their own are in bin 0: any number of bins will do
      const open = /^bins/.test(key) && blob instanceof Uint8Array && stranger !== undefined;
      out.push({ what: `${key} ${what}`, head, blobs: stranger ? { ...rest, [key]: stranger } : rest, fatal: fatal && !open });
    }
  return out;
}

const folder = new URL('bundles/', import.meta.url);
const names = ['mlp', 'neighbours', 'additive', 'naive_bayes'].flatMap((kind) => [`v1-${kind}-multiclass`, `v1-${kind}-regression`]);

describe.each(names)('%s', (name) => {
  it('a damaged field is told, or predicts all the same', async () => {
    const bundle = await decodeBundle(new Uint8Array(readFileSync(new URL(`${name}.mill`, folder))));
    const { rows } = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as { rows: Record<string, unknown>[] };
    const table = applyRecipe(bundle.recipe, tableFromRows(bundle.schema, rows));
    const outputs = bundle.task.kind === 'regression' ? 1 : bundle.task.classes.length;
    const { head, blobs } = bundle.model.encode();
    const good = JSON.parse(JSON.stringify(head)) as Record<string, unknown>;
    expect(decodeModel(good, blobs).predict(table)).toEqual(bundle.model.predict(table));
    let told = 0;
    for (const damage of damages(good, blobs)) {
      try {
        const model = decodeModel(damage.head, damage.blobs);
        // columns of another name are told when rows are scored
        const absent = model.inputs.filter((input) => !table.find(input));
        const blank = absent.map((input) => ({ kind: 'numeric' as const, name: input, values: new Float64Array(rows.length) }));
        checkOutputs(model.predict(new Table([...table.columns, ...blank])), rows.length, outputs);
      } catch (error) {
        expect(error, damage.what).toBeInstanceOf(MillwrightError);
        expect(['BUNDLE_UNREADABLE', 'SCHEMA_MISMATCH'], damage.what).toContain((error as MillwrightError).code);
        told++;
        continue;
      }
      expect(damage.fatal, `${damage.what} was not told`).toBe(false);
    }
    expect(told).toBeGreaterThan(40);
  });
});
