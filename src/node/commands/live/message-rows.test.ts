import { expect, test } from 'vitest';
import { inferStream } from '../../../engine/online/infer-stream.js';
import { StreamModel } from '../../../engine/online/stream-model.js';
import type { Delivery, Inflow, Message } from './inflow.js';
import { MessageRows } from './message-rows.js';

const message = (offset: number): Message => ({
  id: String(offset),
  shard: 'a',
  offset,
  body: Buffer.from(offset % 50 === 7 ? 'no row' : JSON.stringify({ x: offset % 10, y: offset % 10 > 4 ? 'yes' : 'no', z: `${offset}` })),
});

/** A broker that gives what is not acknowledged, some at a time. */
class Broker implements Inflow {
  readonly label = 'broker';
  readonly again = true;
  readonly acknowledged = new Set<number>();
  constructor(
    private readonly count: number,
    private readonly most: number,
  ) {}
  async *deliveries(): AsyncGenerator<Delivery> {
    const left = Array.from({ length: this.count }, (_, i) => i).filter((i) => !this.acknowledged.has(i));
    for (let at = 0; at < left.length; at += this.most) {
      const some = left.slice(at, at + this.most);
      yield {
        messages: some.map(message),
        acknowledge: async () => {
          for (const i of some) this.acknowledged.add(i);
        },
      };
    }
  }
  async settled(): Promise<undefined> {
    return undefined;
  }
  async close(): Promise<void> {}
}

/** Learns until the broker has no more, or is killed after some batches; what was saved last. */
async function learn(broker: Broker, saved: string | undefined, killedAfter = Number.POSITIVE_INFINITY): Promise<string | undefined> {
  const kept = saved === undefined ? undefined : StreamModel.load(saved, []);
  const known = kept?.stream.schema.columns.map((c) => c.name);
  const rows = new MessageRows(broker, 100, known, kept?.marks, () => 0);
  let model: StreamModel | undefined;
  let state = saved;
  const save = async (): Promise<void> => {
    if (!model) return;
    model.marks = rows.marks();
    state = model.save();
    await rows.acknowledge();
  };
  let batches = 0;
  for await (const batch of rows.batches()) {
    model ??=
      state === undefined
        ? new StreamModel(rows.names, inferStream(rows.names, batch, { target: 'y' }), 'ftrl', 0)
        : StreamModel.load(state, rows.names);
    for (const row of batch) model.take(row);
    if (++batches >= killedAfter) return state;
    if (batches % 3 === 0) await save();
  }
  await save();
  return state;
}

test('each message is learned once, however often the learner is killed between two savings', async () => {
  const whole = await learn(new Broker(2000, 40), undefined);
  expect(JSON.parse(whole as string)).toMatchObject({ rows: 1960, marks: [['a', 1999, []]] });
  const broker = new Broker(2000, 40);
  let state: string | undefined;
  for (const killedAfter of [2, 5, 1, 10, 4]) state = await learn(broker, state, killedAfter);
  expect(broker.acknowledged.size).toBeGreaterThan(0);
  state = await learn(broker, state);
  expect(broker.acknowledged.size).toBe(2000);
  expect(state).toBe(whole);
});

test('messages that come again are passed over, those that are no rows are counted', async () => {
  const broker = new Broker(60, 60);
  const rows = new MessageRows(broker, 10, undefined, [['a', 29, []]], () => 0);
  const batches: unknown[][][] = [];
  for await (const batch of rows.batches()) batches.push(batch);
  expect([rows.already, rows.faults, batches.flat().length, rows.due()]).toEqual([30, 1, 29, false]);
  expect(rows.names).toEqual(['x', 'y', 'z']);
});
