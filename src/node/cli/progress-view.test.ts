import { expect, test } from 'vitest';
import type { RunProgress } from '../../engine/automl/result.js';
import { barLine, jsonView, lineView, readableSeconds, terminalView } from './progress-view.js';

const at = (done: number, more: Partial<RunProgress> = {}): RunProgress => ({
  step: 'train',
  message: 'Boosted trees, fold 2',
  done,
  best: 0.87654,
  metric: 'roc_auc',
  secondsLeft: 41.2,
  ...more,
});

test('the line tells step, best score and time left', () => {
  const line = barLine(at(0.5), 120, false);
  expect(line).toContain(' 50%');
  expect(line).toContain('Training Boosted trees, fold 2 · best roc_auc 0.8765 · 42 s left');
});

test.each([20, 40, 60, 79, 80, 200])('the line fits a terminal of %i columns', (width) => {
  expect([...barLine(at(0.3, { message: 'x'.repeat(300) }), width, false)].length).toBeLessThan(width);
});

test('where there is little room, the step is shortened first', () => {
  expect(barLine(at(0.5), 90, false)).toMatch(/ 50% Training Boost.*… · best roc_auc 0\.8765 · 42 s left$/);
});

test('without colour there are no escapes', () => {
  expect(barLine(at(0.3), 100, false)).not.toContain('\u001b');
  expect(barLine(at(0.3), 100, true)).toContain('\u001b[36m');
});

test('a file name cannot steer the terminal', () => {
  const p = at(0.3, { step: 'read', message: 'a\u001b[2Jb\nc.csv' });
  expect(barLine(p, 120, false)).toContain('Reading a�[2Jb�c.csv');
  const written: string[] = [];
  lineView({ write: (t) => written.push(t) }, () => 0).show(p);
  expect(written.join('')).toMatch(/^Reading a�\[2Jb�c\.csv.*\n$/);
});

test('minutes are told as such', () => {
  expect([0, 59.2, 60, 125].map(readableSeconds)).toEqual(['0 s', '1 m 00 s', '1 m 00 s', '2 m 05 s']);
});

test('a terminal is redrawn ten times a second at most', () => {
  let time = 0;
  const written: string[] = [];
  const view = terminalView({ write: (t) => written.push(t), columns: 80 }, false, () => time);
  for (let i = 0; i < 1000; i++) {
    time += 1;
    view.show(at(i / 1000));
  }
  expect(written.length).toBeLessThanOrEqual(10);
  view.clear();
  expect(written.at(-1)).toBe('\r\u001b[K');
});

test('plain lines come once a step, without returns or escapes', () => {
  const written: string[] = [];
  const view = lineView({ write: (t) => written.push(t) }, () => 0);
  for (let i = 0; i < 50; i++) view.show(at(i / 50));
  view.show(at(1, { step: 'save', message: '' }));
  expect(written).toEqual(['Training Boosted trees, fold 2 · best roc_auc 0.8765\n', 'Saving · best roc_auc 0.8765\n']);
});

test('machines get one object a line, ten a second at most within a step', () => {
  const written: string[] = [];
  let time = 0;
  const view = jsonView({ write: (t) => written.push(t) }, () => time);
  for (; time < 1000; time++) view.show(at(time / 1000));
  view.show(at(1, { step: 'save', message: '' }));
  expect(written).toHaveLength(11);
  expect(JSON.parse(written[0] as string)).toMatchObject({ type: 'progress', step: 'train', done: 0, best: 0.87654 });
});
