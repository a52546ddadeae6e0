/** Every documented failure. `docs/errors.md` says for each what it means and what to do. */
export type ErrorCode =
  // usage: the command line or the plan is wrong (exit status 2)
  | 'USAGE'
  | 'PLAN_INVALID'
  | 'OPTION_INVALID'
  // input: the data cannot be used as asked (exit status 1)
  | 'DATA_NOT_FOUND'
  | 'DATA_EMPTY'
  | 'DATA_UNREADABLE'
  | 'DATA_BINARY'
  | 'DATA_RAGGED'
  | 'DATA_DUPLICATE_COLUMNS'
  | 'DATA_TOO_LARGE'
  | 'DATA_CHANGED'
  | 'SQL_FAILED'
  | 'COLUMN_NOT_FOUND'
  | 'TARGET_NOT_FOUND'
  | 'TARGET_CONSTANT'
  | 'TARGET_MISSING'
  | 'TARGET_IS_ID'
  | 'TARGET_CLASS_TOO_SMALL'
  | 'TARGET_NOT_NUMERIC'
  | 'TOO_FEW_ROWS'
  | 'NO_FEATURES'
  | 'STREAM_UNREACHABLE'
  // bundles
  | 'BUNDLE_UNREADABLE'
  | 'BUNDLE_TAMPERED'
  | 'BUNDLE_TOO_NEW'
  | 'SCHEMA_MISMATCH'
  | 'SIGNATURE_REFUSED'
  | 'REFERENCE_MISSING'
  // models trained elsewhere
  | 'ONNX_UNUSABLE'
  | 'ADOPTION_INVALID'
  | 'RUNTIME_MISSING'
  | 'MODEL_FAILED'
  | 'ONNX_INEXPRESSIBLE'
  // the service
  | 'REQUEST_INVALID'
  | 'REQUEST_TOO_LARGE'
  | 'MEDIA_TYPE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_AUTHENTICATED'
  | 'NOT_ALLOWED'
  | 'TOO_MANY_REQUESTS'
  | 'OVERLOADED'
  // output
  | 'OUTPUT_EXISTS'
  | 'OUTPUT_BUSY'
  | 'OUTPUT_FAILED'
  // the project store and the registry
  | 'STORE_MISSING'
  | 'STORE_UNREACHABLE'
  | 'STORE_BUSY'
  | 'STORE_CONFLICT'
  | 'STORE_DAMAGED'
  | 'STORE_TOO_NEW'
  | 'ARTEFACT_DAMAGED'
  | 'AUDIT_BROKEN'
  | 'GATE_REFUSED'
  | 'POLICY_INVALID'
  // the run
  | 'BUDGET_TOO_SMALL'
  | 'METRIC_FAILED'
  | 'INTERRUPTED'
  | 'INTERNAL';

/** What is wrong, where, and what to do about it. */
export class MillwrightError extends Error {
  override readonly name = 'MillwrightError';
  constructor(
    readonly code: ErrorCode,
    /** One sentence: what is wrong and where. */
    message: string,
    /** One sentence: what to do about it. */
    readonly hint?: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
