import * as z from 'zod';
import type { ParameterSpec, SearchSpace } from '../../engine/learn/learner.js';
import { parseInput } from './options.js';
import { learnerNamed } from './tune-question.js';

const input = z.object({ learner: z.string().default('boosted-trees') });

/** A parameter of a learner, as a search sees it. */
export interface SpaceEntry {
  name: string;
  default: number | string | boolean;
  /** As `--space` would have it; absent: not searched unless asked for. */
  searched?: string;
  /** Only where another parameter has one of these values, as `name=a|b`. */
  when?: string;
  /** What may be given at all. */
  allowed: string;
  doc: string;
}

/** What can be searched of a learner. */
export interface SpaceCard {
  learner: string;
  title: string;
  parameters: SpaceEntry[];
}

/** Lists a learner's parameters with what a search tries. @throws MillwrightError `OPTION_INVALID` for a learner that does not exist */
export function showSpace(options: unknown): SpaceCard {
  const learner = learnerNamed(parseInput(input, options).learner);
  const parameters = Object.entries(learner.parameters).map(([name, spec]): SpaceEntry => {
    const { search } = spec;
    const when = search?.when && `${search.when.parameter}=${search.when.values.join('|')}`;
    return {
      name,
      default: spec.default,
      ...(search && { searched: rangeText(search) }),
      ...(when && { when }),
      allowed: allowedText(spec),
      doc: spec.doc,
    };
  });
  return { learner: learner.id, title: learner.title, parameters };
}

/** What a search tries, as it is written for `--space`. */
export function rangeText({ range, log, choices }: SearchSpace): string {
  return range ? `${range[0]}..${range[1]}${log ? ':log' : ''}` : (choices ?? []).join('|');
}

function allowedText({ default: value, range, choices, integer }: ParameterSpec): string {
  if (choices) return choices.join('|');
  if (typeof value === 'boolean') return 'false|true';
  if (typeof value !== 'number') return 'text';
  return `${range ? `${range[0]}..${range[1]}` : 'a number'}${integer ? ', whole' : ''}`;
}
