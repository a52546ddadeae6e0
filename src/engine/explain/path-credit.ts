import type { Table } from '../../core/table.js';
import type { TreesModel } from '../../model/trees.js';
import { goesLeft, shareLeft } from './tree-shap.js';

/**
 * How far each input moved the scores of rows towards their errors: the sum over the rows of what the splits on it changed the score by (Saabas 2014: from the mean
 * of a node to that of the child, by training rows) times the row's error. On rows that the trees were not fitted on, an input that says nothing has about 0, by
 * luck more or less; of inputs that say the same each has its share, unlike what shuffling one of them would show. Trees whose leaves are lines are not for this.
 * @param table prepared
 * @param errors row-major rows × outputs: the answer less what is known without the inputs, times the row's weight
 * @returns one an input of the model
 */
export function pathCredit({ head, trees }: TreesModel, table: Table, errors: Float64Array): Float64Array {
  const { inputs, levels, outputs, vector } = head;
  const credit = new Float64Array(inputs.length);
  const columns = inputs.map((name) => {
    const column = table.column(name);
    return column.kind === 'numeric' ? column.values : column.codes;
  });
  const width = vector ? outputs : 1;
  const means = new Float64Array(trees.feature.length * width);
  const valueAt = (child: number, o: number): number =>
    (child >= 0 ? means[child * width + o] : trees.leaf[(-1 - child) * width + o]) as number;
  const average = (node: number): void => {
    const [a, b] = [trees.left[node] as number, trees.right[node] as number];
    if (a >= 0) average(a);
    if (b >= 0) average(b);
    const share = shareLeft(trees, a, b);
    for (let o = 0; o < width; o++) means[node * width + o] = share * valueAt(a, o) + (1 - share) * valueAt(b, o);
  };
  trees.roots.forEach((root, t) => {
    if (root < 0) return;
    average(root);
    const output = vector ? 0 : t % outputs;
    for (let r = 0; r < table.rows; r++)
      for (let at = root; at >= 0; ) {
        const split = trees.feature[at] as number;
        const left = goesLeft(trees, levels, at, (columns[split] as Float64Array)[r] as number);
        const child = (left ? trees.left[at] : trees.right[at]) as number;
        let gained = 0;
        for (let o = 0; o < width; o++) gained += (valueAt(child, o) - valueAt(at, o)) * (errors[r * outputs + output + o] as number);
        credit[split] = (credit[split] as number) + gained;
        at = child;
      }
  });
  return credit;
}
