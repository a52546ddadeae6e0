/** What a caller's `traceparent` says (W3C Trace Context). */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly trace: string;
  /** 16 hexadecimal digits. */
  readonly span: string;
  readonly sampled: boolean;
}

/** @returns nothing for a header that is absent or not in order, as the standard wants it */
export function traceParent(header: unknown): TraceParent | undefined {
  if (typeof header !== 'string') return undefined;
  const found = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header);
  if (!found) return undefined;
  const [, version, trace = '', span = '', flags = '', rest] = found;
  if (version === 'ff' || (version === '00' && rest !== undefined) || /^0+$/.test(trace) || /^0+$/.test(span)) return undefined;
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
