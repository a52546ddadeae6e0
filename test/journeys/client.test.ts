import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { encodeBundle } from '../../src/model/bundle-file.js';
import { exampleBundle } from '../example-bundle.js';
import { millwright, start, workFolder } from './cli.js';

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const folder = workFolder();
const at = (name: string) => join(folder, name);

/** What the compiler says of a use of the client. */
function complaints(use: string): string {
  writeFileSync(at('use.ts'), `import { Client } from './client.js';\nconst client = new Client('', 'left');\n${use}\n`);
  try {
    execFileSync(
      process.execPath,
      [TSC, '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', at('use.ts')],
      {
        cwd: folder,
        stdio: 'pipe',
      },
    );
    return '';
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout);
  }
}

test('a typed client asks the model it was made for, and the compiler knows its columns and classes', async () => {
  writeFileSync(at('left.mill'), await encodeBundle(exampleBundle()));
  writeFileSync(at('package.json'), '{"type":"module"}');
  expect(await millwright(folder, 'client', 'left.mill', '--ts', '-o', 'client.ts')).toMatchObject({ status: 0, stderr: '' });
  expect(complaints(`client.predict({ age: 1, city: null }).then((a) => a.probabilities.no + 1); client.feedback('x', 'no');`)).toBe('');
  expect(complaints(`client.predict({ ages: 1 });`)).toContain('ages');
  expect(complaints(`client.feedback('x', 'perhaps');`)).toContain('perhaps');

  const { outputText } = ts.transpileModule(readFileSync(at('client.ts'), 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const { Client } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  const running = start(folder, ['serve', 'left.mill', '--port', '0', '--json', '--log', 'log']);
  let address = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    address ||= /"address":"([^"]+)"/.exec(chunk.toString())?.[1] ?? '';
  });
  await running.said(/"type":"ready"/);
  const client = new Client(address, 'left');
  const one = await client.predict({ age: 25, city: 'Oslo' }, { reasons: 1 });
  expect(one).toMatchObject({ model: 'left', reasons: [{ column: 'age' }] });
  expect((await client.predict([{ age: 25 }, { age: 60 }])).predictions).toHaveLength(2);
  expect(await client.feedback(one.id, 'no')).toEqual({ accepted: 1 });
  await expect(client.predict({ age: 'many' })).rejects.toMatchObject({
    status: 422,
    code: 'SCHEMA_MISMATCH',
    fields: [{ column: 'age' }],
  });
  running.child.kill('SIGTERM');
  await running.ended;
  expect(await millwright(folder, 'client', 'left.mill')).toMatchObject({ status: 2 });
});
