import type { Rng } from '../../core/rng.js';
import { isInput, type Schema, type Task } from '../../core/schema.js';
import { shellWord } from '../../core/shell-word.js';
import type { Table } from '../../core/table.js';
import type { Finding } from '../automl/result.js';
import { percent } from './findings-columns.js';
import { columnSkill, missingnessSkill, orderSkill, type SkillSample, skillSample } from './findings-skill.js';

/** Rows that single columns are measured on. */
const sampleRows = 6000;

/** What is asked of the leak search. */
export interface LeakInput {
  table: Table;
  schema: Schema;
  task: Task;
  /** Class index or number a row. */
  target: Float64Array;
  rng: Rng;
  /** Columns to look at, at most. */
  most?: number;
  /** Asked now and then; false ends the search with what was found. */
  proceed?: () => Promise<boolean>;
}

/**
 * Columns that alone nearly decide the answer, whose gaps tell the answer, and files sorted by it.
 * @returns findings, and how many columns were looked at
 */
export async function leakFindings(input: LeakInput): Promise<{ findings: Finding[]; columns: number }> {
  const { table, schema, task, target } = input;
  const sample = skillSample(target, task.kind === 'regression' ? 0 : task.classes.length, sampleRows, input.rng);
  if (sample.measure.length < 25) return { findings: [], columns: 0 };
  const findings: Finding[] = [];
  const skills: { name: string; skill: number }[] = [];
  let columns = 0;
  for (const column of schema.columns) {
    const cells = column.name === task.target ? undefined : table.find(column.name);
    if (!cells || column.use === 'weight') continue;
    if (columns >= (input.most ?? Number.POSITIVE_INFINITY) || (input.proceed && columns % 4 === 3 && !(await input.proceed()))) break;
    columns++;
    if (isInput(column)) {
      if (column.type !== 'text') skills.push({ name: column.name, skill: columnSkill(cells, sample) });
      const gap = tellingGaps(column.name, missingnessSkill(cells, sample), sample);
      if (gap) findings.push(gap);
    } else if (column.type === 'id' && cells.kind === 'numeric') {
      const skill = columnSkill(cells, sample);
      if (skill > orderLimit(sample))
        findings.push({
          level: 'info',
          code: 'id-knows-answer',
          column: column.name,
          message: `“${column.name}” only numbers the rows, yet it tells something about “${task.target}”: the rows were probably numbered by it or in order of time. It was left out.`,
        });
    }
  }
  findings.push(...suspects(skills, task.target), ...sortedFile(sample, task));
  return { findings, columns };
}

/** A column far above all others and near perfect: few honest columns are. */
function suspects(skills: { name: string; skill: number }[], target: string): Finding[] {
  const sorted = [...skills].sort((a, b) => b.skill - a.skill);
  const rest = sorted.find((s) => s.skill < 0.97)?.skill ?? 0;
  const found = sorted.filter((s) => s.skill >= 0.97);
  // many near perfect columns describe an easy question, not a leak
  if (found.length === 0 || found.length > Math.max(3, 0.2 * skills.length)) return [];
  return found.map(({ name, skill }): Finding => {
    const sure = skill >= 0.995 && rest < 0.9;
    return {
      level: sure ? 'danger' : 'warning',
      code: 'leak-suspect',
      column: name,
      message: `“${name}” alone nearly decides “${target}” (${percent(skill)} of the way to perfect on rows it was not measured on). Is it known before the answer is? If not, leave it out (--drop ${shellWord(name)}).`,
    };
  });
}

function tellingGaps(name: string, skill: number, sample: SkillSample): Finding | undefined {
  // regression skill is R² and grows with the square of what AUC shows
  const limit = sample.classes === 0 ? 0.25 : sample.classes === 2 ? 0.35 : 0.2;
  if (skill < limit) return undefined;
  return {
    level: 'warning',
    code: 'missing-tells-answer',
    column: name,
    message: `Whether “${name}” is filled in says much about the answer. Make sure that it will be missing for the same reasons when the model is used.`,
  };
}

function orderLimit(sample: SkillSample): number {
  return sample.classes === 0 ? 0.5 : 0.6;
}

function sortedFile(sample: SkillSample, task: Task): Finding[] {
  if (orderSkill(sample) < orderLimit(sample)) return [];
  return [
    {
      level: 'info',
      code: 'sorted-by-target',
      message: `The rows are sorted, or nearly so, by “${task.target}”. The position of a row was not used; columns that only count the rows should stay out.`,
    },
  ];
}
