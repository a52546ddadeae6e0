/** An option as commander writes it. `repeat`: may be given several times. */
export interface OptionSpec {
  flags: string;
  doc: string;
  repeat?: boolean;
  group?: string;
}

/** One verb of the command line: data only, so that help needs nothing else loaded. */
export interface CommandSpec {
  name: string;
  arguments: string;
  doc: string;
  options: readonly OptionSpec[];
  examples: readonly string[];
}

export const JSON_OPTION: OptionSpec = { flags: '--json', doc: 'write JSON for machines on standard output, and nothing else' };

const DATA_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--sql <query>',
    doc: 'read the result of this query, in which the rows of the files are the table `data`',
  },
  { flags: '--type <col=type>', doc: 'read a column as number, boolean, datetime, category, text or id (repeatable)', repeat: true },
  { flags: '--max-rows <n>', doc: 'sample at most this many rows' },
];

const QUESTION_OPTIONS: readonly OptionSpec[] = [
  { flags: '-t, --target <col>', doc: 'the column to predict' },
  { flags: '--task <task>', doc: 'binary, multiclass or regression; inferred from the target when absent' },
  { flags: '--drop <cols>', doc: 'columns to leave out, divided by commas (repeatable)', repeat: true },
  {
    flags: '--metric <name>',
    doc: 'what to choose models by, any of scikit-learn, say roc_auc, log_loss, f1_macro, rmse, mae, or a module of your own: profit.mjs',
  },
  {
    flags: '--costs <what>',
    doc: 'what wrong calls cost: fp=1,fn=20,unit=EUR, or JSON (a file) by actual and called class; each row is then called what costs least',
  },
  { flags: '--holdout <share>', doc: 'share of the rows kept aside for the final score, 0 to 0.5' },
  { flags: '--group <col>', doc: 'keep rows that share this value together when splitting' },
  { flags: '--time <col>', doc: 'train on the past and score on the future, by this column; none: gaps among known rows are to be filled' },
  { flags: '--features <auto|off>', doc: 'make columns of others where that improves validation (auto, the default), or not' },
  { flags: '--holidays <of>', doc: 'tell dates by the public holidays of DE, US-DC, …, or by a file of dates (repeatable)', repeat: true },
  { flags: '--embargo <gap>', doc: 'by time: do not train on rows this near before those predicted: 7d, 12h, or a number of the column' },
  { flags: '--seed <n>', doc: 'the same seed gives the same model (default 0)' },
];

const LIMIT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--latency <time>', doc: 'what the model may take to answer a row, by estimate: 50us, 0.2ms, none (default 110us)' },
  { flags: '--size <bytes>', doc: 'what the model file may be: 1MB, 500KB, none (default none)' },
  { flags: '--interpretable', doc: 'only a model that a person can read, term by term' },
];

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    arguments: '[data...]',
    doc: 'train, score, explain and save a model',
    options: [
      ...QUESTION_OPTIONS,
      ...LIMIT_OPTIONS,
      { flags: '--budget <time>', doc: 'deadline for the whole command: 60s, 2m, 500ms, none (default 60s)' },
      { flags: '--threads <n>', doc: 'threads to train with (default: one a core); the model does not depend on it' },
      { flags: '--memory <bytes>', doc: 'what the process may take: 1GB, 500MB (default: what the machine offers, less a fifth)' },
      { flags: '-o, --out <dir>', doc: 'folder for the results (default millwright/<run-id>)' },
      { flags: '--force', doc: 'replace the run that --out already holds' },
      { flags: '--resume <dir>', doc: 'go on with the run that was killed in this folder' },
      { flags: '--plan <file>', doc: 'obey a plan written by `millwright plan` (YAML or JSON)' },
      ...DATA_OPTIONS,
      { flags: '-q, --quiet', doc: 'no progress' },
      JSON_OPTION,
    ],
    examples: [
      'millwright run titanic.csv --target survived',
      'millwright run "sales/*.parquet" --target amount --drop id,note --budget 2m --out results',
    ],
  },
  {
    name: 'replay',
    arguments: '<run>',
    doc: 'repeat a run from its record, on the same data, and tell whether the model is the same byte for byte',
    options: [
      { flags: '--data <path>', doc: 'the data of that run, when it lies elsewhere now (repeatable)', repeat: true },
      { flags: '--metric <file>', doc: 'the module of that run, when its models were chosen by a measure of your own' },
      { flags: '--threads <n>', doc: 'threads to train with (default: one a core); the model does not depend on it' },
      { flags: '-o, --out <dir>', doc: 'folder for the results (default millwright/<run-id>-replay)' },
      { flags: '--force', doc: 'replace the run that --out already holds' },
      { flags: '-q, --quiet', doc: 'no progress' },
      JSON_OPTION,
    ],
    examples: ['millwright replay results', 'millwright replay results/model.mill --data titanic.csv --out again'],
  },
  {
    name: 'plan',
    arguments: '<data...>',
    doc: 'write down what `run` would do, to be read and edited first',
    options: [
      ...QUESTION_OPTIONS,
      ...LIMIT_OPTIONS,
      { flags: '--budget <time>', doc: 'deadline that the plan sets for a run (default 60s)' },
      ...DATA_OPTIONS,
      { flags: '-o, --out <file>', doc: 'plan.yaml or plan.json (default: YAML on standard output)' },
      JSON_OPTION,
    ],
    examples: ['millwright plan titanic.csv --target survived -o plan.yaml', 'millwright run titanic.csv --plan plan.yaml'],
  },
  {
    name: 'stream',
    arguments: '[data...]',
    doc: 'learn row by row: each row is predicted, scored, and learned afterwards',
    options: [
      { flags: '-t, --target <col>', doc: 'the column to predict' },
      { flags: '--task <task>', doc: 'binary, multiclass or regression; inferred from the first rows when absent' },
      { flags: '--learner <id>', doc: 'arf (adaptive random forest, the default), hoeffding (one tree) or ftrl (linear)' },
      { flags: '--metric <name>', doc: 'the score to show first: accuracy, cohen_kappa, log_loss, rmse, mae, …' },
      { flags: '--from <where>', doc: 'learn from messages: nats://host/subject, or kafka://host/topic?group=name; needs --out' },
      { flags: '--time <col>', doc: 'take the rows of files in the order of this column (default: as they come)' },
      { flags: '--drop <cols>', doc: 'columns to leave out, divided by commas (repeatable)', repeat: true },
      { flags: '--type <col=type>', doc: 'read a column as number, boolean, datetime or category (repeatable)', repeat: true },
      { flags: '--sql <query>', doc: 'read the result of this query, in which the rows of the files are the table `data`' },
      { flags: '--look <n>', doc: 'rows by which the types of columns are settled (default 1000)' },
      { flags: '--predictions <file>', doc: 'write the prediction of each row, .csv or .ndjson; - is standard output' },
      { flags: '--every <n>', doc: 'tell the scores every so many rows (default 10000)' },
      { flags: '-o, --out <file>', doc: 'save what was learned: model.json' },
      { flags: '--resume', doc: 'go on from what --out holds' },
      { flags: '--force', doc: 'replace what --out holds' },
      { flags: '--seed <n>', doc: 'the same seed and rows give the same state (default 0)' },
      { flags: '-q, --quiet', doc: 'no scores on the way' },
      JSON_OPTION,
    ],
    examples: [
      'millwright stream electricity.csv --target class -o state.json',
      'tail -f events.ndjson | millwright stream - --target clicked --learner ftrl --predictions -',
      'millwright stream tuesday.csv -o state.json --resume',
      'millwright stream --from "kafka://host:9092/clicks?group=learner" --target clicked -o state.json',
    ],
  },
  {
    name: 'tune',
    arguments: '[data...]',
    doc: 'search the parameters of one learner by cross validation',
    options: [
      ...QUESTION_OPTIONS,
      { flags: '--learner <id>', doc: 'whose parameters to search (default boosted-trees)' },
      { flags: '--method <name>', doc: 'bayesian, random, grid, halving, hyperband or asha (default bayesian)' },
      { flags: '--trials <n>', doc: 'points to try, the defaults not counted (default: as many as the budget allows)' },
      { flags: '--budget <time>', doc: 'deadline for the whole command (default 60s; none when --trials is given)' },
      {
        flags: '--space <what>',
        doc: 'search this instead: rate=0.01..0.3:log,leaves=7|15|31, l2=3 to keep a value, or a JSON or YAML file (repeatable)',
        repeat: true,
      },
      { flags: '--show-space', doc: 'list what is searched of --learner, and all its parameters; needs no data' },
      { flags: '--only', doc: 'search nothing but what --space names' },
      { flags: '--points <n>', doc: 'values a number for --method grid (default 3)' },
      { flags: '--folds <k>', doc: 'folds to score each trial on' },
      { flags: '--threads <n>', doc: 'threads to train with (default: one a core); the result does not depend on it' },
      { flags: '-o, --out <dir>', doc: 'folder for trials.csv, best.json and plan.json' },
      { flags: '--resume', doc: 'go on with the search in --out' },
      { flags: '--force', doc: 'replace the search that --out already holds' },
      ...DATA_OPTIONS,
      { flags: '-q, --quiet', doc: 'no progress' },
      JSON_OPTION,
    ],
    examples: [
      'millwright tune titanic.csv --target survived --budget 2m --out tuned',
      'millwright run titanic.csv --plan tuned/plan.json',
      'millwright tune titanic.csv --target survived --method grid --only --space "learningRate=0.02..0.2:log,leaves=7|15|31"',
    ],
  },
  {
    name: 'label',
    arguments: '<bundle> <pool>',
    doc: 'choose which rows without an answer to label next, and merge the answers',
    options: [
      {
        flags: '-o, --out <file>',
        doc: 'CSV file to write the questions to (with --answers: the merged table, instead of replacing --into)',
      },
      { flags: '--count <n>', doc: 'rows to ask for (default 50)' },
      { flags: '--labelled <file>', doc: 'a table whose rows need not be asked for again (repeatable)', repeat: true },
      { flags: '--answers <file>', doc: 'the questions with their answers filled in' },
      { flags: '--into <file>', doc: 'CSV or TSV table that the answers go into: the pool itself, or a training table that gets the rows' },
      { flags: '--seed <n>', doc: 'the same seed asks for the same rows (default 0)' },
      JSON_OPTION,
    ],
    examples: [
      'millwright label results pool.csv --out ask.csv --count 50 --labelled train.csv',
      'millwright label results pool.csv --answers ask.csv --into train.csv',
    ],
  },
  {
    name: 'predict',
    arguments: '<bundle> <data...>',
    doc: 'score rows with a saved model: one line of CSV for each, in order',
    options: [
      { flags: '-o, --out <file>', doc: 'CSV file (or .tsv, .ndjson) to write (default: CSV on standard output)' },
      { flags: '--keep <cols>', doc: 'input columns to copy beside the predictions, divided by commas, or all (repeatable)', repeat: true },
      { flags: '--interval <share>', doc: 'for numbers: bounds beside each prediction that hold this share of rows, for instance 0.9' },
      {
        flags: '--set <share>',
        doc: 'for classes: beside each prediction the classes that hold the right one for this share of rows, for instance 0.9',
      },
      { flags: '--sql <query>', doc: 'score the result of this query' },
      JSON_OPTION,
    ],
    examples: [
      'millwright predict results/model.mill new.csv -o out.csv --keep id',
      'cat new.csv | millwright predict results/model.mill - > out.csv',
    ],
  },
  {
    name: 'score',
    arguments: '<model> [data...]',
    doc: 'score all rows of files or a query into a file or a table; killed, it goes on when given again, and each row is there once',
    options: [
      { flags: '--from <where>', doc: 'the data, in place of files: postgres://…, sqlite:path, a file' },
      { flags: '--query <sql>', doc: 'score the result of this query, read-only (the rows of files are called `data`); needs --key' },
      { flags: '-o, --out <file>', doc: 'file to write: .csv, .tsv, .ndjson or .parquet' },
      { flags: '--into <where>', doc: 'or the table to write into; with --stream also nats://host/subject, kafka://host/topic' },
      { flags: '--to <database>', doc: 'where that table is (default: the database of --from)' },
      { flags: '--key <cols>', doc: 'what tells rows apart, copied beside the predictions; several are divided by commas', repeat: true },
      { flags: '--reasons <n>', doc: 'the n columns that did most to each prediction' },
      { flags: '--replace', doc: 'rows of the table with the same key are replaced' },
      { flags: '--resume', doc: 'only go on with what was begun' },
      { flags: '--anew', doc: 'forget what was begun, and begin anew' },
      { flags: '--chunk <rows>', doc: 'rows that are written at once (default 20000; 2000 with --reasons)' },
      {
        flags: '--stream',
        doc: 'score rows while they come: NDJSON on standard input, or --from nats://host/subject, kafka://host/topic?group=name',
      },
      { flags: '--id <col>', doc: 'with --stream: the column that an answer goes by (default: the place of its message)' },
      { flags: '--at <moment>', doc: 'what to write as scored_at (default: when the scoring began)' },
      { flags: '--as <user>', doc: 'in a project, who does it (default: MILLWRIGHT_USER, else the user of the system)' },
      JSON_OPTION,
    ],
    examples: [
      'millwright score results/model.mill new.parquet -o scored.parquet --key id',
      'millwright score churn@champion --from postgres://host/db --query "SELECT * FROM customers" --key id --into scores',
      'tail -f events.ndjson | millwright score results/model.mill --stream --key id',
      'millwright score churn@champion --stream --from "nats://host/orders.new?durable=scoring" -o scored.ndjson',
    ],
  },
  {
    name: 'monitor',
    arguments: '<bundle> [data...]',
    doc: 'compare rows with those that a model was trained on, and say what has changed since when',
    options: [
      { flags: '--window <size>', doc: 'rows, or a length of time, that are looked at together: 500, 6h, 1d (default 500)' },
      { flags: '--time <col>', doc: 'the column of dates that says when a row happened (default: the one of training)' },
      { flags: '--reference <file>', doc: 'compare with these rows in place of the training rows' },
      { flags: '--against <what>', doc: 'training, or before: each window with the eight before it (default training)' },
      { flags: '--ignore <col>', doc: 'leave a column alone (repeatable)', repeat: true },
      {
        flags: '--labels <file>',
        doc: 'answers that came later, with --key: scores by window beside the estimated ones; of several for a row the last counts',
      },
      { flags: '--key <col>', doc: 'the column that names a row, in the rows and in --labels' },
      { flags: '--by <col>', doc: 'scores by the values of this column too (repeatable)', repeat: true },
      { flags: '--expectations <file>', doc: 'YAML of what rows should be like; what does not meet it is told' },
      { flags: '--write-expectations <file>', doc: 'write what training lets one expect, to be edited' },
      { flags: '--html <file>', doc: 'write a page: alerts on a time line, scores, every column before and now' },
      { flags: '--store', doc: 'put the alerts in the project here' },
      { flags: '--value <price>', doc: 'what a wrong prediction costs, for example "12 EUR": alerts then say what is at stake' },
      { flags: '--as <user>', doc: 'with --store: who does it' },
      { flags: '--fail-on <what>', doc: 'exit status 3 on any alert, on danger alone, or never (default never)' },
      { flags: '--sql <query>', doc: 'watch the result of this query' },
      { flags: '--stream', doc: 'watch rows while they come, NDJSON on standard input; each alert is a line the moment it is raised' },
      { flags: '--from <where>', doc: 'with --stream: nats://host/subject, or kafka://host/topic?group=name; needs --state' },
      { flags: '--state <file>', doc: 'with --stream: keep there what was seen, and go on from it' },
      JSON_OPTION,
    ],
    examples: [
      'millwright monitor results/model.mill new.csv',
      'millwright monitor results/model.mill log.parquet --window 1d --fail-on alert',
      'tail -f events.ndjson | millwright monitor results/model.mill --stream',
      'millwright monitor results/model.mill log.csv --labels answers.csv --key id --by country',
    ],
  },
  {
    name: 'serve',
    arguments: '[models...]',
    doc: 'answer requests over HTTP with saved models, or with the approved ones of the project here',
    options: [
      { flags: '--host <address>', doc: 'address to listen on (default 127.0.0.1)' },
      { flags: '--port <n>', doc: 'port to listen on; 0 takes any that is free (default 8080)' },
      { flags: '--log <dir>', doc: 'folder for the prediction log: every row and its answer' },
      { flags: '--tokens <file>', doc: 'file with the hashes of tokens; see docs/serving.md' },
      { flags: '--require-token', doc: 'ask for a token on 127.0.0.1 too' },
      { flags: '--jwks <file>', doc: 'public keys of an issuer whose JSON web tokens are taken' },
      { flags: '--jwt-issuer <url>', doc: 'the issuer that they must name' },
      { flags: '--jwt-audience <name>', doc: 'the audience that they must name' },
      { flags: '--jwt-roles <claim>', doc: 'the claim that lists roles (default roles)' },
      { flags: '--require-signature <file>', doc: 'serve only bundles that one of these public keys signed' },
      { flags: '--rate <n>', doc: 'requests a second of one caller at most (default: no limit)' },
      { flags: '--monitor <size>', doc: 'rows, or a length of time, that are watched together: 500, 1h, 1d; off (default 500)' },
      { flags: '--value <price>', doc: 'what a wrong prediction costs, unless the project keeps it: alerts say what is at stake' },
      { flags: '--workers <n>', doc: 'processes that answer; 0 takes one a core (default 1)' },
      { flags: '--max-body <bytes>', doc: 'largest body of a request (default 8388608)' },
      { flags: '--max-upload <bytes>', doc: 'largest file that an MLflow client may log (default 2147483648)' },
      { flags: '--max-rows <n>', doc: 'most rows of a request (default 10000)' },
      JSON_OPTION,
    ],
    examples: [
      'millwright serve results/model.mill',
      'millwright serve churn=a/model.mill price=b/model.mill --port 9000 --log predictions',
    ],
  },
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
