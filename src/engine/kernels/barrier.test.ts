import { describe, expect, it } from 'vitest';
import { reportDeath, serveKernels, together } from './barrier.js';
import { KernelHost } from './kernel-host.js';

const EPOCH = 0;
const JOB = 3;
const internal = expect.objectContaining({ code: 'INTERNAL' });
const block = (): Int32Array => new Int32Array(new SharedArrayBuffer(64));

/** A module whose `work` traps: `(func (export "work") (param i32 i32) unreachable)` over the shared memory it imports. */
const TRAP = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 6, 1, 0x60, 2, 0x7f, 0x7f, 0],
  ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 2],
  ...[3, 2, 1, 0, 7, 8, 1, 4, 0x77, 0x6f, 0x72, 0x6b, 0, 0, 10, 5, 1, 3, 0, 0, 0x0b],
]);

describe('a helper that died', () => {
  it('is not waited for', () => {
    const ints = block();
    reportDeath(ints);
    expect(() => together(ints, 0, 1, () => {})).toThrow(internal);
  });

  it('is noticed while the caller waits', () => {
    const ints = block();
    expect(() => together(ints, 0, 1, () => reportDeath(ints))).toThrow(internal);
  });

  it('and could not say so is given up after a while', () => {
    expect(() => together(block(), 0, 1, () => {}, 2)).toThrow(internal);
  });

  it('says so itself when its work fails', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    const ints = new Int32Array(memory.buffer);
    ints[EPOCH] = 1;
    ints[JOB] = 1;
    expect(() => serveKernels(new WebAssembly.Module(TRAP), memory, 0, 1)).toThrow(WebAssembly.RuntimeError);
    expect(() => together(ints, 0, 1, () => {})).toThrow(internal);
  });
});

it('a team that does not start is closed', async () => {
  let closed = 0;
  const attach = async (): Promise<void> => {
    throw new Error('no threads today');
  };
  const close = async (): Promise<void> => {
    closed++;
  };
  await expect(KernelHost.create({ count: 2, attach, close })).rejects.toThrow('no threads today');
  expect(closed).toBe(1);
});
