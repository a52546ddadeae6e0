import { MillwrightError } from '../../../core/errors.js';
import { type Condition, type Field, readConditions } from '../../store/run-filter.js';

/** The value of a thing under a name; `undefined` when it has none. */
export type ValueOf<T> = (thing: T, field: Field) => string | number | undefined;

/**
 * Reads a filter for things that are few enough to be looked at one by one.
 * @param fields names that a thing has besides tags, params and metrics
 * @throws MillwrightError `OPTION_INVALID`
 */
export function matcher<T>(filter: string, fields: readonly string[], valueIn: ValueOf<T>): (thing: T) => boolean {
  const conditions = readConditions(filter, (_whole, name) => {
    if (fields.includes(name)) return { kind: 'field', name };
    throw new MillwrightError('OPTION_INVALID', `There is no "${name.slice(0, 100)}" to filter by.`, `There is ${fields.join(', ')}.`);
  });
  return (thing) => conditions.every((condition) => holds(condition, valueIn(thing, condition.field)));
}

/** Sorts by `name`, `name ASC`, `name DESC`; the first that differs decides. @throws MillwrightError `OPTION_INVALID` */
export function sorter<T>(orders: readonly string[], fields: readonly string[], valueIn: ValueOf<T>): (a: T, b: T) => number {
  const keys = orders.map((order) => {
    const [, name = '', direction] = /^\s*(?:attributes?\.)?(\w+)(?:\s+(asc|desc))?\s*$/i.exec(order) ?? [];
    if (!fields.includes(name))
      throw new MillwrightError('OPTION_INVALID', `"${order.slice(0, 100)}" is nothing to sort by.`, `There is ${fields.join(', ')}.`);
    return { field: { kind: 'field', name } as const, sign: direction?.toLowerCase() === 'desc' ? -1 : 1 };
  });
  return (a, b) => {
    for (const { field, sign } of keys) {
      const [x, y] = [valueIn(a, field) ?? '', valueIn(b, field) ?? ''];
      if (x !== y) return x < y ? -sign : sign;
    }
    return 0;
  };
}

function holds({ field, operator, values }: Condition, value: string | number | undefined): boolean {
  // clients ask for what is no prompt, and mean also what never says whether it is
  if (value === undefined) return operator === '!=' && field.kind === 'tag' && field.name === 'mlflow.prompt.is_prompt';
  const alike = values.map((said) => (typeof value === 'number' ? Number(said) : String(said)));
  const first = alike[0] as string | number;
  switch (operator) {
    case '=':
      return value === first;
    case '!=':
      return value !== first;
    case '<':
      return value < first;
    case '<=':
      return value <= first;
    case '>':
      return value > first;
    case '>=':
      return value >= first;
    case 'in':
      return alike.includes(value);
    case 'not in':
      return !alike.includes(value);
    default:
      return like(String(value), String(first), operator === 'ilike');
  }
}

/** SQL's LIKE without a regular expression, so that no pattern takes long: `%` for anything, `_` for one sign. */
function like(value: string, pattern: string, anyCase: boolean): boolean {
  const [v, p] = anyCase ? [value.toLowerCase(), pattern.toLowerCase()] : [value, pattern];
  let [at, in_, star, mark] = [0, 0, -1, 0];
  while (at < v.length) {
    if (in_ < p.length && p[in_] === '%') {
      star = in_++;
      mark = at;
    } else if (in_ < p.length && (p[in_] === '_' || p[in_] === v[at])) {
      at++;
      in_++;
    } else if (star >= 0) {
      in_ = star + 1;
      at = ++mark;
    } else return false;
  }
  while (p[in_] === '%') in_++;
  return in_ === p.length;
}
