// Runs every documented example: the command of the README (with a shorter budget) and each program in examples/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const out = mkdtempSync(join(tmpdir(), 'millwright-examples-'));
let failed = 0;

function example(title, args, check) {
  const started = Date.now();
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, MILLWRIGHT_EXAMPLE_OUT: out },
  });
  const problem = status === 0 ? check?.() : `exit status ${status}\n${stderr}`;
  if (problem) failed++;
  console.log(`${problem ? 'FAILED' : 'ok'}  ${title}  ${((Date.now() - started) / 1000).toFixed(1)} s${problem ? `\n${problem}` : ''}`);
}

const command = /^\s*npm install && npx millwright (run .*)$/m.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1];
if (!command) throw new Error('README.md has no line "npm install && npx millwright run …"');
const results = join(out, 'readme');
example(`millwright ${command}`, ['bin/millwright.js', ...command.split(/\s+/), '--budget', '8s', '--out', results], () => {
  const absent = ['model.mill', 'plan.json', 'metrics.json', 'leaderboard.csv', 'predictions.csv', 'report.html', 'run.json'].filter(
    (name) => !existsSync(join(results, name)),
  );
  return absent.length
    ? `not written: ${absent.join(', ')}`
    : statSync(join(results, 'report.html')).size < 10_000
      ? 'the report is too small to be one'
      : undefined;
});

for (const name of readdirSync(join(root, 'examples')).sort())
  if (name.endsWith('.mjs') && !name.startsWith('make-')) example(`examples/${name}`, [join('examples', name)]);

rmSync(out, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
