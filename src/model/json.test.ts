import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson, writeJson } from './json.js';

const key = fc.oneof(fc.string(), fc.constantFrom('__proto__', '$', '$$', '$__proto__', 'constructor', '1', '01'));
const leaf = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.constantFrom(Number.NaN, -0, Number.NEGATIVE_INFINITY));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(key, tie('tree'), { maxKeys: 4 })),
}));

describe('writeJson', () => {
  it('is read back exactly, as standard JSON', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = writeJson(value);
        JSON.parse(text);
        const back = readJson(text, 'x');
        expect(writeJson(back)).toBe(text);
        expect(plain(back)).toEqual(plain(value));
      }),
    );
  });

  it('spells one value in one way', () => {
    expect(writeJson({ b: Number.NaN, a: [1, undefined, -0], c: undefined })).toBe('{"a":[1,null,{"$":"-0"}],"b":{"$":"NaN"}}');
    expect(writeJson({ 10: 1, 9: 2, b: 3, a: 4 })).toBe(writeJson({ a: 4, b: 3, 9: 2, 10: 1 }));
  });

  it.each([new Map(), new Float64Array(1), () => 1, 1n, Symbol('x'), new Date(0)])('refuses what is not plain data (%#)', (value) => {
    expect(() => writeJson({ value })).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('readJson', () => {
  it.each([
    '',
    '{',
    '{"a":{"$":"x"}}',
    '{"__proto__":{"x":1}}',
    '{"a":[{"__proto__":null}]}',
    '{"$a":1}',
    '{"$":"NaN","b":1}',
    `${'['.repeat(1000)}${']'.repeat(1000)}`,
  ])('refuses %j', (text) => {
    expect(() => readJson(text, 'x')).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('keeps a key __proto__ as a key', () => {
    const back = readJson(writeJson(JSON.parse('{"__proto__":{"evil":1},"ok":2}')), 'x') as Record<string, unknown>;
    expect(Object.keys(back).sort()).toEqual(['__proto__', 'ok']);
    expect(back.evil).toBeUndefined();
  });
});

/** As entries, so that keys such as `__proto__` and the sign of zero are compared too. */
function plain(value: unknown): unknown {
  if (Object.is(value, -0)) return 'minus zero';
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.keys(value)
    .sort()
    .map((k) => [k, plain((value as Record<string, unknown>)[k])]);
}
