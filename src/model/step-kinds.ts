import type { Table } from '../core/table.js';
import type { Fields } from './fields.js';
import type { BoundStep, StepData } from './step.js';
import { categoryCodes } from './steps/category-codes.js';
import { categoryFrequency } from './steps/category-frequency.js';
import { combine } from './steps/combine.js';
import { cross } from './steps/cross.js';
import { dateParts } from './steps/date-parts.js';
import { groupStatistic } from './steps/group-statistic.js';
import { holidays } from './steps/holidays.js';
import { impute } from './steps/impute.js';
import { oneHot } from './steps/one-hot.js';
import { select } from './steps/select.js';
import { standardise } from './steps/standardise.js';
import { targetEncoding } from './steps/target-encoding.js';
import { textScore } from './steps/text-score.js';
import { textStats } from './steps/text-stats.js';

/** Any `StepKind`: what `read` returns is what its `bind` takes. */
export interface AnyKind {
  read(fields: Fields): StepData;
  bind(step: never, input: Table): BoundStep;
}

/** Every kind of step, by its name. A standalone file holds those that its model needs. */
export const stepKinds: ReadonlyMap<string, AnyKind> = new Map<string, AnyKind>([
  ['select', select],
  ['date-parts', dateParts],
  ['text-stats', textStats],
  ['text-score', textScore],
  ['category-codes', categoryCodes],
  ['category-frequency', categoryFrequency],
  ['one-hot', oneHot],
  ['impute', impute],
  ['standardise', standardise],
  ['target-encoding', targetEncoding],
  ['combine', combine],
  ['group-statistic', groupStatistic],
  ['cross', cross],
  ['holidays', holidays],
]);
