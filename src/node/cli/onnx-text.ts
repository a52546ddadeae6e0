import type { OnnxSummary } from '../commands/onnx-export.js';
import { count, figure, labelled, plain } from './words.js';

/** What became of an export. */
export function onnxText({ out, bytes, inputs, outputs, checked }: OnnxSummary): string {
  return labelled([
    ['written', `${plain(out, 300)} (${count(bytes)} bytes)`],
    [
      'inputs',
      `${count(inputs.length)}: ${plain(inputs.map((i) => `${i.name} (${i.type === 'datetime' ? 'ms since 1970 as double' : i.tensor})`).join(', '), 500)}`,
    ],
    ['outputs', outputs.join(', ')],
    [
      'checked',
      checked
        ? `by ${checked.runtime} on ${checked.rows} made-up rows: at most ${figure(checked.difference)} from our own predictions`
        : 'no: install onnxruntime-node beside Millwright, and exports are compared with our own predictions',
    ],
  ]);
}
