import { MillwrightError } from '../../../core/errors.js';

/** What ONNX has no operators for, and what to do instead. */
export function inexpressible(what: string, hint: string): MillwrightError {
  return new MillwrightError('ONNX_INEXPRESSIBLE', `ONNX cannot say what this model does: ${what}.`, hint);
}
