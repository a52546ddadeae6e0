import type { ColumnFormat, ColumnType, ColumnUse, Schema, Task } from '../core/schema.js';
import { Fields, unreadable } from './fields.js';

const TYPES: readonly ColumnType[] = ['number', 'boolean', 'datetime', 'category', 'text', 'id'];
const USES: readonly ColumnUse[] = ['feature', 'target', 'ignore', 'group', 'time', 'weight'];
const FORMATS: readonly ColumnFormat['kind'][] = ['number', 'boolean', 'datetime'];

/** Checks a schema from outside and returns it. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function parseSchema(json: unknown): Schema {
  const names = new Set<string>();
  new Fields(json, 'schema').list('columns', (f) => {
    const name = f.text('name');
    if (names.has(name)) throw unreadable(`The schema has two columns "${name}".`);
    names.add(name);
    f.choice('type', TYPES);
    f.choice('use', USES);
    f.text('reason');
    f.texts('missing');
    if (f.has('format')) checkFormat(f.object('format'));
    checkStats(f.object('stats'));
  });
  return json as Schema;
}

/** Checks a task from outside and returns it. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function parseTask(json: unknown): Task {
  const f = new Fields(json, 'task');
  const kind = f.choice('kind', ['binary', 'multiclass', 'regression']);
  f.text('target');
  f.text('reason');
  const { length } = f.texts('classes');
  const fits = kind === 'regression' ? length === 0 : kind === 'binary' ? length === 2 : length >= 2;
  if (!fits) throw unreadable(`A ${kind} task cannot have ${length} classes.`);
  if (new Set(f.texts('classes')).size !== length) throw unreadable('The task names a class twice.');
  return json as Task;
}

function checkFormat(f: Fields): void {
  const kind = f.choice('kind', FORMATS);
  if (kind === 'number') {
    f.choice('decimal', ['.', ',']);
    f.text('group');
    f.texts('affixes');
    f.boolean('percent');
  } else if (kind === 'boolean') {
    f.texts('true');
    f.texts('false');
  } else f.texts('patterns');
}

function checkStats(f: Fields): void {
  for (const key of ['rows', 'missing', 'distinct']) f.number(key);
  for (const key of ['min', 'max', 'mean']) if (f.has(key) && typeof f.raw(key) !== 'number') f.number(key);
  f.list('top', (t) => [t.text('value'), t.number('count')]);
}
