import { expect, test } from 'vitest';
import { type Delivery, LARGEST_MESSAGE } from './inflow.js';
import { LineInflow } from './line-inflow.js';

async function* chunks(...parts: (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part as string);
}

async function told(inflow: LineInflow): Promise<string[][]> {
  const all: string[][] = [];
  for await (const { messages } of inflow.deliveries())
    all.push(messages.map(({ id, body }) => `${id} ${body instanceof Error ? `${body.name} ${body.message}` : Buffer.from(body)}`));
  return all;
}

test('lines are whole however they are cut, blank ones are counted and passed over', async () => {
  const text = Buffer.from('{"a":"ö"}\n\n  \r\n{"b":2}\r\n{"c":3}');
  const whole = await told(new LineInflow(chunks(text), undefined));
  expect(whole.flat()).toEqual(['1 {"a":"ö"}', '4 {"b":2}\r', '5 {"c":3}']);
  for (let cut = 1; cut < text.length; cut++)
    expect((await told(new LineInflow(chunks(text.subarray(0, cut), text.subarray(cut)), undefined))).flat()).toEqual(whole.flat());
});

test('each chunk is answered before the next is asked for', async () => {
  const asked: number[] = [];
  async function* input(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 3; i++) {
      asked.push(i);
      yield Buffer.from(`{"i":${i}}\n`);
    }
  }
  const seen: [Delivery, number][] = [];
  for await (const delivery of new LineInflow(input(), undefined).deliveries()) seen.push([delivery, asked.length]);
  expect(seen.map(([, n]) => n)).toEqual([1, 2, 3]);
});

test('a line beyond the limit costs no memory, and those after it are read', async () => {
  const big = 'x'.repeat(LARGEST_MESSAGE / 2);
  const [first, second] = (await told(new LineInflow(chunks(big, big, big, '\n{"a":1}\n'), undefined))).flat();
  expect(first).toMatch(/^1 MillwrightError Line 1 is longer than/);
  expect(second).toBe('2 {"a":1}');
});

test('an interrupt ends it although nothing comes any more', async () => {
  const stop = new AbortController();
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"a":1}\n');
    await new Promise(() => undefined);
  }
  const seen: string[] = [];
  for await (const { messages } of new LineInflow(input(), stop.signal).deliveries()) {
    seen.push(...messages.map((m) => m.id));
    stop.abort();
  }
  expect(seen).toEqual(['1']);
});
