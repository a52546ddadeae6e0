import * as z from 'zod';
import type { Plan } from '../../engine/automl/plan.js';
import { openSource } from '../data/open-source.js';
import { askQuestion } from './ask-question.js';
import { writeWhole } from './atomic-file.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { loadHolidays } from './load-holidays.js';
import { loadMetric } from './load-metric.js';
import { parseTypes } from './name-list.js';
import { dataOptions, parseInput, questionOptions } from './options.js';
import { parseCosts } from './parse-costs.js';
import { planText } from './plan-file.js';
import { questionOf } from './prepare-run.js';
import { redact } from './redact.js';
import { spareInputs } from './spare-inputs.js';

const input = z.object({ ...dataOptions, ...questionOptions, out: z.string().min(1).optional() });

/** A plan that was proposed, as data and as text. */
export interface WrittenPlan {
  plan: Plan;
  text: string;
  file?: string;
}

/** Proposes what a run would do, and writes it to a file when one is named. @throws MillwrightError as `run` does before training */
export async function planCommand(options: unknown, context: CommandContext): Promise<WrittenPlan> {
  const asked = parseInput(input, options);
  const types = parseTypes(asked.type);
  questionOf(asked, types, []);
  if (asked.out !== undefined) await spareInputs(asked.out, asked.data);
  const costs = asked.costs === undefined ? undefined : await parseCosts(asked.costs);
  const metric = asked.metric === undefined ? undefined : await loadMetric(asked.metric);
  const holidays = await loadHolidays(asked.holidays);
  context.onProgress?.({ step: 'read', message: redact(asked.data.join(', ')), done: 0 });
  const source = await openSource({ from: asked.data, sql: asked.sql }, { ...duckShare(), signal: context.signal });
  try {
    const question = { ...questionOf({ ...asked, metric, costs }, types, source.columns), holidays };
    const { plan } = await askQuestion(source, question, {
      from: asked.data.map(redact),
      ...(asked.sql !== undefined && { sql: asked.sql }),
    });
    const text = await planText(plan, asked.out);
    if (asked.out !== undefined) await writeWhole(asked.out, text);
    return { plan, text, file: asked.out };
  } finally {
    await source.close();
  }
}
