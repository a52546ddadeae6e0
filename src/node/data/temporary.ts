import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const open = new Set<string>();
let listening = false;

/** A folder of our own for copies; removed by `dispose`, at the latest when the process ends. */
export async function temporaryFolder(): Promise<{ path: string; dispose: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'millwright-'));
  open.add(path);
  if (!listening) {
    listening = true;
    process.once('exit', () => {
      for (const folder of open) rmSync(folder, { recursive: true, force: true });
    });
  }
  return {
    path,
    dispose: async () => {
      open.delete(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}
