import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type OnnxInput, toOnnx } from '../../engine/export/onnx/to-onnx.js';
import { writeWhole } from './atomic-file.js';
import { readBundle } from './bundle-io.js';
import { type CheckedOnnx, checkOnnx } from './check-onnx.js';
import { parseInput } from './options.js';
import { spareInputs } from './spare-inputs.js';

const input = z.object({ bundle: z.string(), out: z.string().min(1).optional() });

/** What was written. */
export interface OnnxSummary {
  out: string;
  bytes: number;
  inputs: readonly OnnxInput[];
  outputs: readonly string[];
  /** How it was compared with our own predictions; absent where no ONNX runtime is installed. */
  checked?: CheckedOnnx;
}

/**
 * Writes a bundle as one ONNX model, beside it unless named otherwise. Where an ONNX runtime is installed the model is first compared with our own predictions.
 * @throws MillwrightError `BUNDLE_…`, `ONNX_INEXPRESSIBLE`, `OUTPUT_FAILED`, `USAGE`; `INTERNAL` when it says something else than the bundle. Then nothing is written
 */
export async function onnxCommand(options: unknown): Promise<OnnxSummary> {
  const { bundle: path, out: named } = parseInput(input, options);
  const out = named ?? (await besides(path));
  await spareInputs(out, [], path);
  const bundle = await readBundle(path);
  const made = toOnnx(bundle);
  const checked = await checkOnnx(bundle, made);
  await writeWhole(out, made.bytes);
  return { out, bytes: made.bytes.length, inputs: made.inputs, outputs: made.outputs, ...(checked && { checked }) };
}

async function besides(path: string): Promise<string> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
  return isFolder ? join(path, 'model.onnx') : `${path.replace(/\.mill$/, '')}.onnx`;
}
