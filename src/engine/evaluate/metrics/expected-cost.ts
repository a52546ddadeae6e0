import { type Costs, costThreshold } from '../cost-matrix.js';
import { ofCounts } from './called.js';
import type { Metric } from './metric.js';

/** The mean cost of a row when each is called what costs least by its probabilities. */
export function expectedCost(costs: Costs): Metric {
  const flat = costs.matrix.flat();
  const binary = costs.matrix.length === 2;
  const plain = ofCounts(
    {
      id: 'expected_cost',
      title: `Cost of a row${costs.unit === undefined ? '' : ` in ${costs.unit}`}`,
      plain: 'What a row costs on average by the costs that were given, when each is called what costs least by its probabilities.',
      tasks: ['binary', 'multiclass'],
      greaterIsBetter: false,
      perfect: Math.min(...costs.matrix.map((row, k) => row[k] as number)),
    },
    ({ cells }) => {
      let cost = 0;
      let total = 0;
      for (let i = 0; i < cells.length; i++) {
        cost += (cells[i] as number) * (flat[i] as number);
        total += cells[i] as number;
      }
      return cost / total;
    },
  );
  const prepare: Metric['prepare'] = (input) =>
    plain.prepare(binary ? { ...input, threshold: input.threshold ?? costThreshold(costs) } : { ...input, costs: costs.matrix });
  return { ...plain, prepare, compute: (input) => prepare(input)(input.weights) };
}
