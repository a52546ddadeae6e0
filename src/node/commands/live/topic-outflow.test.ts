import { expect, test } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import type { Answer } from './outflow.js';
import { type Topic, TopicOutflow, type TopicRecord } from './topic-outflow.js';

/** A topic that keeps all that it is given. */
class Kept implements Topic {
  readonly label = 'kept';
  readonly records: TopicRecord[] = [];
  /** Gives its marks from the beginning each time, as a reader of its own would. */
  async *marks(): AsyncGenerator<string> {
    for (const { mark } of this.records) yield mark;
  }
  async send(records: readonly TopicRecord[]): Promise<number> {
    this.records.push(...records);
    return records.length;
  }
  async close(): Promise<void> {}
}

const columns = [
  { name: 'message', kind: 'text' as const },
  { name: 'prediction', kind: 'number' as const },
];
const answer = (id: string, again = false): Answer => ({
  message: { id, shard: 's', offset: 0, body: new Uint8Array(), ...(again && { again }) },
  id,
  row: [7],
});
const outflow = (topic: Topic, model = 'churn') => new TopicOutflow(columns, topic, model);

test('what a killed process had put there is not put there again', async () => {
  const topic = new Kept();
  expect(await outflow(topic).put([answer('a'), answer('b'), answer('a')])).toBe(2);
  // it was killed before its messages were acknowledged
  const next = outflow(topic);
  expect(await next.put([answer('a', true), answer('b', true), answer('c')])).toBe(1);
  expect(topic.records.map((r) => r.id)).toEqual(['a', 'b', 'c']);
  expect(topic.records.map((r) => JSON.parse(r.text))).toEqual(['a', 'b', 'c'].map((message) => ({ message, prediction: 7 })));
});

test('nor what another process put there since, when its messages come here', async () => {
  const topic = new Kept();
  const [one, other] = [outflow(topic), outflow(topic)];
  await one.put([answer('a')]);
  await other.put([answer('b')]);
  expect(await one.put([answer('b', true), answer('c')])).toBe(1);
  expect(topic.records.map((r) => r.id)).toEqual(['a', 'b', 'c']);
});

test('models in one topic do not take each other’s answers for theirs, and faults stand in their place', async () => {
  const topic = new Kept();
  await outflow(topic).put([answer('a')]);
  const fault = { ...answer('a'), row: new MillwrightError('DATA_UNREADABLE', 'This is no JSON object.') };
  expect(await outflow(topic, 'fraud').put([fault])).toBe(1);
  expect(JSON.parse(topic.records[1]?.text ?? '')).toEqual({
    message: 'a',
    error: { code: 'DATA_UNREADABLE', message: 'This is no JSON object.' },
  });
});

test.each(['nats://h/a.*', 'nats://h/a?durable=d', 'kafka://h/t?group=g'])('%s cannot be written to', async (where) => {
  await expect(TopicOutflow.open(where, columns, 'churn')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
});
