import { type CommandSpec, JSON_OPTION } from './command-spec.js';

/** The verbs that are about a saved model itself. */
export const BUNDLE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'adopt',
    arguments: '<model>',
    doc: 'make a bundle of an ONNX model that was trained elsewhere',
    options: [
      { flags: '--schema <file>', doc: 'what its columns, classes and answers are (YAML or JSON); see docs/adopt.md' },
      { flags: '--sample <data>', doc: 'rows of its kind: their formats are learnt, and with the target the model is scored on them' },
      { flags: '--draft-schema <data>', doc: 'write a schema from these rows instead, to be edited; needs --target' },
      { flags: '-t, --target <col>', doc: 'the column that it predicts, for a draft' },
      { flags: '-o, --out <file>', doc: 'the bundle to write, or the draft (default for a draft: standard output)' },
      JSON_OPTION,
    ],
    examples: [
      'millwright adopt model.onnx --draft-schema train.csv --target churned -o schema.yaml',
      'millwright adopt model.onnx --schema schema.yaml --sample test.csv -o model.mill',
    ],
  },
  {
    name: 'sign',
    arguments: '<bundle>',
    doc: 'sign a bundle: write model.mill.sig beside it',
    options: [
      { flags: '--key <file>', doc: 'private key (Ed25519, PEM)' },
      { flags: '-o, --out <file>', doc: 'where to write the signature instead' },
      JSON_OPTION,
    ],
    examples: ['openssl genpkey -algorithm ed25519 -out release.pem', 'millwright sign results/model.mill --key release.pem'],
  },
  {
    name: 'verify',
    arguments: '<bundle>',
    doc: 'check that a bundle is what somebody signed',
    options: [
      { flags: '--public-key <file>', doc: 'public keys that count (PEM, one after the other)' },
      { flags: '--signature <file>', doc: 'the signature (default: beside the bundle)' },
      JSON_OPTION,
    ],
    examples: [
      'openssl pkey -in release.pem -pubout -out release.pub.pem',
      'millwright verify results/model.mill --public-key release.pub.pem',
    ],
  },
  {
    name: 'client',
    arguments: '<bundle>',
    doc: 'write a client for the service of a model, typed by its schema',
    options: [
      { flags: '--ts', doc: 'in TypeScript: one file without dependencies' },
      { flags: '-o, --out <file>', doc: 'file to write (default: standard output)' },
    ],
    examples: ['millwright client results/model.mill --ts -o churn-client.ts'],
  },
  {
    name: 'package',
    arguments: '<bundle>',
    doc: 'write what runs a model elsewhere',
    options: [
      {
        flags: '--to <targets>',
        doc: 'docker, kubernetes, kserve, lambda, github, js, divided by commas, or all (repeatable)',
        repeat: true,
      },
      { flags: '-o, --out <path>', doc: 'folder to write; for --to js alone also a file, say model.js (default: standard output)' },
      { flags: '--name <name>', doc: 'what the model is called (default: as its file, or its folder)' },
      { flags: '--image <name>', doc: 'the container image, as registry.example.com/team/churn:3' },
      { flags: '--tarball <file>', doc: 'install this instead of the published package: what npm pack made' },
      { flags: '--force', doc: 'replace files that are there' },
      JSON_OPTION,
    ],
    examples: [
      'millwright package results/model.mill --to js -o model.js',
      'millwright package results/model.mill --to docker,kubernetes --name churn -o churn-service',
    ],
  },
  {
    name: 'onnx',
    arguments: '<bundle>',
    doc: 'write a model, preparation included, as one ONNX file',
    options: [{ flags: '-o, --out <file>', doc: 'file to write (default: beside the bundle, as model.onnx)' }, JSON_OPTION],
    examples: ['millwright onnx results/model.mill', 'millwright onnx results/model.mill -o churn.onnx'],
  },
  {
    name: 'show',
    arguments: '<bundle>',
    doc: 'print the card of a saved model',
    options: [JSON_OPTION],
    examples: ['millwright show results/model.mill'],
  },
];
