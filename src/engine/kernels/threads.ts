/** Threads that run the kernels over one shared memory: a port, filled by `worker_threads` in Node and Web Workers in a browser. */
export interface ThreadTeam {
  /** Threads in all, the calling one included; ≥ 1. */
  readonly count: number;
  /** Starts `count − 1` threads that run `serveKernels(module, memory, control, thread)`. Resolves once they are started. */
  attach(module: object, memory: object, control: number): Promise<void>;
  /** Stops them. */
  close(): Promise<void>;
}
