import { type CommandSpec, JSON_OPTION, type OptionSpec } from './command-table.js';

const AS: OptionSpec = { flags: '--as <user>', doc: 'who does it (default: MILLWRIGHT_USER, else the user of the system)' };
const REASON: OptionSpec = { flags: '--reason <text>', doc: 'why; it is kept in the audit log' };

/** The verbs of a project: its store, registry and audit log. */
export const PROJECT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    arguments: '',
    doc: 'make a project here: a store of runs and models, and a policy',
    options: [AS, JSON_OPTION],
    examples: ['millwright init', 'MILLWRIGHT_STORE=postgres://host/db millwright init'],
  },
  {
    name: 'runs',
    arguments: '',
    doc: 'list the runs of the project',
    options: [
      { flags: '--filter <conditions>', doc: 'for example "metric.roc_auc > 0.8 and target = \'Damage\'"' },
      { flags: '--sort <by>', doc: 'score, started, name, metric.x …; a minus in front reverses (default -started)' },
      { flags: '--limit <n>', doc: 'how many (default 20)' },
      JSON_OPTION,
    ],
    examples: ['millwright runs --sort -score', 'millwright runs --filter "metric.roc_auc > 0.8 and tag.team = \'risk\'" --json'],
  },
  {
    name: 'compare',
    arguments: '<a> <b>',
    doc: 'show two runs or versions beside each other',
    options: [JSON_OPTION],
    examples: ['millwright compare churn@2 churn@3'],
  },
  {
    name: 'models',
    arguments: '[name]',
    doc: 'list the models of the registry, or show one with its versions and history',
    options: [JSON_OPTION],
    examples: ['millwright models', 'millwright models churn'],
  },
  {
    name: 'register',
    arguments: '<bundle|run>',
    doc: 'register a model as the next version of a name',
    options: [
      { flags: '-n, --name <name>', doc: 'what the model is called' },
      { flags: '--description <text>', doc: 'what is special about this version' },
      { flags: '--signature <file>', doc: 'its signature (default: the file with .sig at its end beside the bundle)' },
      AS,
      JSON_OPTION,
    ],
    examples: [
      'millwright register results/model.mill --name churn',
      'millwright register 20261123T070102Z-birdstrikes-1a2b --name damage',
    ],
  },
  {
    name: 'promote',
    arguments: '<version>',
    doc: 'ask for a version to go to production, challenger or staging; the evidence goes with it',
    options: [{ flags: '--to <place>', doc: 'production, challenger or staging (default production)' }, REASON, AS, JSON_OPTION],
    examples: ['millwright promote churn@3 --to production --reason "two more months of data"'],
  },
  {
    name: 'requests',
    arguments: '[request]',
    doc: 'list the requests that wait for a decision, or show one with its evidence',
    options: [{ flags: '--model <name>', doc: 'of this model only' }, { flags: '--all', doc: 'those that are decided, too' }, JSON_OPTION],
    examples: ['millwright requests', 'millwright requests --model churn --all'],
  },
  ...(['approve', 'reject', 'withdraw'] as const).map(
    (name): CommandSpec => ({
      name,
      arguments: '<request>',
      doc: { approve: 'approve a request', reject: 'refuse a request, with a reason', withdraw: 'take your own request back' }[name],
      options: [REASON, AS, JSON_OPTION],
      examples: [`millwright ${name} req_0193a5c1b2f40001d6c5b4a39218 --reason "read the report"`],
    }),
  ),
  {
    name: 'resolve',
    arguments: '<version> <finding>',
    doc: 'say that a finding of a version does no harm, with a reason',
    options: [REASON, AS, JSON_OPTION],
    examples: ['millwright resolve churn@3 leak-suspect:balance --reason "known at the time of asking"'],
  },
  {
    name: 'rollback',
    arguments: '<model>',
    doc: 'put the version back that was in production before',
    options: [{ flags: '--to <version>', doc: 'another one that was once approved' }, REASON, AS, JSON_OPTION],
    examples: ['millwright rollback churn --reason "errors on Mondays"'],
  },
  {
    name: 'comment',
    arguments: '<on> <text>',
    doc: 'comment on a model, version, run or request',
    options: [AS, JSON_OPTION],
    examples: ['millwright comment churn@3 "Check the north region."'],
  },
  {
    name: 'audit',
    arguments: '[what]',
    doc: 'show the audit log (list), check that nobody changed it (verify), or print its end to be kept elsewhere (anchor)',
    options: [
      { flags: '--anchor <file>', doc: 'with verify: ends that were kept; they tell of a tail that was cut off' },
      { flags: '--subject <what>', doc: 'entries about this, for example model:churn@3' },
      { flags: '--action <name>', doc: 'entries of this kind, for example request.approve' },
      { flags: '--after <n>', doc: 'entries after this number' },
      { flags: '--limit <n>', doc: 'how many (default 50)' },
      JSON_OPTION,
    ],
    examples: [
      'millwright audit',
      'millwright audit anchor --json >> ../kept/anchors.jsonl',
      'millwright audit verify --anchor ../kept/anchors.jsonl',
    ],
  },
  {
    name: 'user',
    arguments: '[action] [name]',
    doc: 'list the users (list), give one roles (set), or take one out (remove)',
    options: [{ flags: '--roles <roles>', doc: 'of viewer, predictor, builder, approver, admin, divided by commas' }, AS, JSON_OPTION],
    examples: ['millwright user set bea --roles approver'],
  },
  {
    name: 'token',
    arguments: '[action] [id]',
    doc: 'list the tokens (list), make one (create), or make one void (revoke)',
    options: [
      { flags: '--user <name>', doc: 'whose it is (default: yours)' },
      { flags: '--roles <roles>', doc: 'what it may, at most what the user may' },
      { flags: '--models <names>', doc: 'only for these models, divided by commas' },
      { flags: '--expires <time>', doc: '30d, 12h or never (default 90d)' },
      { flags: '--note <text>', doc: 'what it is for' },
      AS,
      JSON_OPTION,
    ],
    examples: ['millwright token create --user shop --roles predictor --models churn --expires 30d'],
  },
  {
    name: 'webhooks',
    arguments: '[action] [target]',
    doc: 'list the webhooks (list), add an address (add), pause, resume, remove or test one, or deliver what waits (deliver)',
    options: [
      { flags: '--events <types>', doc: 'what to tell it, divided by commas: model.promoted, promotion.* … (default: all)' },
      { flags: '--allow-private', doc: 'with add: the address may be in a private network, or on this machine' },
      { flags: '--watch', doc: 'with deliver: go on until interrupted; `serve` delivers too' },
      AS,
      JSON_OPTION,
    ],
    examples: [
      'millwright webhooks add https://example.org/hook --events model.promoted,model.rolledback',
      'millwright webhooks test hook_0193a5c1b2f40001d6c5b4a39218',
    ],
  },
  {
    name: 'gc',
    arguments: '',
    doc: 'take away stored files that no run and no version names',
    options: [{ flags: '--older-than <time>', doc: 'leave younger ones (default 1h)' }, AS, JSON_OPTION],
    examples: ['millwright gc'],
  },
  {
    name: 'export',
    arguments: '<folder>',
    doc: 'write the whole store as text, with its files',
    options: [AS, JSON_OPTION],
    examples: ['millwright export ../backup'],
  },
  {
    name: 'import',
    arguments: '<folder>',
    doc: 'make a store of an export, or put the run of a folder in the store',
    options: [AS, JSON_OPTION],
    examples: ['millwright import ../backup', 'millwright import results'],
  },
];
