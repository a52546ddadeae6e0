// The control block: one job at a time, its parameters, and the barrier of the thread team. Offsets in bytes; src/engine/kernels/kernel-host.ts says the same.
// 0: number of the present job, 4: helpers that are through with it (both kept by src/engine/kernels/barrier.ts)
const NEXT: usize = 8;
export const JOB: usize = 12;
export const TOTALS: usize = 320; // 2 × i64
const PARAMETERS: usize = 64; // 32 × i32
const NUMBERS: usize = 192; // 16 × f64

// @ts-expect-error: decorator
@inline
export function int(control: usize, i: i32): i32 {
  return load<i32>(control + PARAMETERS + ((<usize>i) << 2));
}

// @ts-expect-error: decorator
@inline
export function pointer(control: usize, i: i32): usize {
  return <usize>load<u32>(control + PARAMETERS + ((<usize>i) << 2));
}

// @ts-expect-error: decorator
@inline
export function num(control: usize, i: i32): f64 {
  return load<f64>(control + NUMBERS + ((<usize>i) << 3));
}

/** The next unclaimed task of the present job. */
// @ts-expect-error: decorator
@inline
export function claim(control: usize): i32 {
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(control + NEXT, 1);
  const task = load<i32>(control + NEXT);
  store<i32>(control + NEXT, task + 1);
  return task;
}
