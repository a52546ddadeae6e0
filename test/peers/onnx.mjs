// node test/peers/onnx.mjs <model.mill>=<data> …: the ONNX export of bundles under onnxruntime for Python beside our own predictions on the rows of the data.
// Needs MILLWRIGHT_PEERS_PYTHON, a Python with onnxruntime. Fails when a prediction differs by more than 1e-5 (numbers: of the target's spread).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toOnnx } from '../../dist/engine/export/onnx/to-onnx.js';
import { predict } from '../../dist/model/predict.js';
import { readBundle } from '../../dist/node/commands/bundle-io.js';
import { openSource } from '../../dist/node/data/open-source.js';

const python = process.env.MILLWRIGHT_PEERS_PYTHON ?? '';
const script = fileURLToPath(new URL('onnx.py', import.meta.url));
let failed = false;
for (const pair of process.argv.slice(2)) {
  const at = pair.indexOf('=');
  const [model, data] = [pair.slice(0, at), pair.slice(at + 1)];
  const folder = mkdtempSync(join(tmpdir(), 'millwright-onnx-'));
  try {
    const told = await compare(await readBundle(model), data, folder);
    failed ||= told.failed;
    console.log(`${model}: ${told.text}`);
  } catch (error) {
    failed ||= error.code !== 'ONNX_INEXPRESSIBLE';
    console.log(`${model}: ${error.code === 'ONNX_INEXPRESSIBLE' ? 'refused' : 'FAILED'}, ${error.message} ${error.hint ?? ''}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);

async function compare(bundle, data, folder) {
  const made = toOnnx(bundle);
  writeFileSync(join(folder, 'model.onnx'), made.bytes);
  const source = await openSource({ from: [data] }, {});
  const values = [];
  const labels = [];
  const cells = made.inputs.map(() => []);
  for await (const { table } of source.batches(bundle.schema, 8192)) {
    const said = predict(bundle, table);
    for (const value of said.values) values.push(value);
    for (const label of said.labels ?? []) labels.push(label);
    made.inputs.forEach(({ column, tensor }, i) => {
      const found = table.find(column);
      for (let row = 0; row < table.rows; row++)
        cells[i].push(
          tensor === 'double' ? (found?.values[row] ?? Number.NaN) : found && found.codes[row] >= 0 ? found.levels[found.codes[row]] : '',
        );
    });
  }
  await source.close();
  made.inputs.forEach(({ tensor }, i) => {
    if (tensor === 'double') writeFileSync(join(folder, `${i}.bin`), Float64Array.from(cells[i]));
    else writeFileSync(join(folder, `${i}.json`), JSON.stringify(cells[i]));
  });
  const outputs = bundle.task.kind === 'regression' ? 1 : bundle.task.classes.length;
  const rows = values.length / outputs;
  writeFileSync(join(folder, 'told.json'), JSON.stringify({ inputs: made.inputs, rows, batch: 1000 }));
  const began = performance.now();
  const { status, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`onnxruntime: ${stderr.trim().split('\n').at(-1)}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const bytes = readFileSync(join(folder, 'numbers.bin'));
  const theirs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (theirs.length !== values.length) throw new Error(`${theirs.length} numbers, not ${values.length}`);
  const scale = bundle.task.kind === 'regression' ? spread(values) : 1;
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const away = Math.abs(values[i] - theirs[i]) / scale;
    if (!(away <= worst)) worst = away;
  }
  const called = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8'));
  const differ = labels.filter((label, i) => label !== called[i]).length;
  const size = (statSync(join(folder, 'model.onnx')).size / 2 ** 20).toFixed(1);
  const what = scale === 1 ? '' : ' of the spread';
  return {
    failed: !(worst <= 1e-5),
    text: `${rows} rows, ${learners(bundle)}: at most ${worst.toExponential(1)}${what}, ${differ} labels differ; ${size} MiB, ${seconds} s`,
  };
}

function learners({ model }) {
  return model.kind === 'ensemble' ? model.branches.flatMap((b) => b.members.map((m) => kindOf(m.model))).join('+') : kindOf(model);
}

function kindOf(model) {
  if (model.kind === 'linear') return model.hinges.of.length > 0 ? 'hinges' : 'linear';
  return model.kind === 'trees' ? `trees${model.head.vector ? ' (vectors)' : ''}${model.trees.lineStart ? ' (lines)' : ''}` : model.kind;
}

function spread(values) {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) || 1;
}
