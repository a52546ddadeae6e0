import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { ParameterSpec, Parameters } from './learner.js';

/**
 * Completes parameters by their defaults and checks them against their declaration.
 * @throws MillwrightError `OPTION_INVALID` for an unknown name, a wrong type, or a value out of range
 * @example checkParameters('linear', { l2: { doc: '', default: 1, range: [0, 9] } }, { l2: 3 }) // { l2: 3 }
 */
export function checkParameters(learner: string, specs: Readonly<Record<string, ParameterSpec>>, given: Parameters): Parameters {
  const names = Object.keys(specs);
  const out: Parameters = {};
  for (const name of names) out[name] = (specs[name] as ParameterSpec).default;
  for (const [name, value] of Object.entries(given)) {
    if (!names.includes(name)) {
      const near = nearestName(name, names);
      throw new MillwrightError(
        'OPTION_INVALID',
        `The learner "${learner}" has no parameter "${name}".`,
        `${near ? `Did you mean "${near}"? ` : ''}Parameters: ${names.join(', ')}.`,
      );
    }
    const problem = wrong(specs[name] as ParameterSpec, value);
    if (problem)
      throw new MillwrightError(
        'OPTION_INVALID',
        `The parameter "${name}" of "${learner}" is ${JSON.stringify(value)}, but ${problem}.`,
        'Correct it in the plan.',
      );
    out[name] = value;
  }
  return out;
}

function wrong(spec: ParameterSpec, value: number | string | boolean): string | undefined {
  if (spec.choices)
    return spec.choices.includes(value) ? undefined : `must be one of ${spec.choices.map((c) => JSON.stringify(c)).join(', ')}`;
  if (typeof value !== typeof spec.default) return `must be a ${typeof spec.default}`;
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return 'must be finite';
  if (spec.integer && !Number.isInteger(value)) return 'must be a whole number';
  if (spec.range && (value < spec.range[0] || value > spec.range[1])) return `must be between ${spec.range[0]} and ${spec.range[1]}`;
  return undefined;
}
