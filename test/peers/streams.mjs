// node test/peers/streams.mjs [kills]: `score --stream` from NATS and Kafka into a file, a table and a topic, and `stream --from` them, killed (SIGKILL) at random
// moments while messages come. At the end each message has its answer once, the answers are those of `predict`, each row was learned once, and the brokers hold nothing back.
// MILLWRIGHT_SINKS=topic,state does some of file, table, topic and state alone.
// Servers: NATS_SERVER names the binary of nats-server; KAFKA_LIBS a folder with the jars of a Kafka 4 server (Maven: org.apache.kafka:kafka_2.13).
// What is not named is left out.
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';

const root = fileURLToPath(new URL('../../', import.meta.url));
const command = join(root, 'bin/millwright.js');
const model = join(root, 'test/golden/bundles/v1-trees-learned-binary.mill');
const kills = Number(process.argv[2] ?? 10);
const folder = mkdtempSync(join(tmpdir(), 'millwright-streams-'));
const started = [];
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const row = (i) => ({
  id: `k${i}`,
  price: `€ 1.${100 + (i % 800)},0`,
  member: i % 3 ? 'ja' : 'nein',
  seen: `2023-11-0${1 + (i % 9)}`,
  city: i % 2 ? 'Oslo' : 'Bergen',
});
/** What is sent: each hundredth message is no row. */
const message = (i) => (i % 100 === 7 ? `no row ${i}` : JSON.stringify(row(i)));
const predicted = new Map();
function predictAll(count) {
  const input = Array.from({ length: count }, (_, i) => `${JSON.stringify(row(i))}\n`).join('');
  writeFileSync(join(folder, 'rows.ndjson'), input);
  execFileSync(
    process.execPath,
    [command, 'predict', model, join(folder, 'rows.ndjson'), '--keep', 'id', '-o', join(folder, 'all.ndjson')],
    { stdio: 'ignore' },
  );
  for (const line of readFileSync(join(folder, 'all.ndjson'), 'utf8').trimEnd().split('\n')) {
    const { id, ...answer } = JSON.parse(line);
    predicted.set(id, answer);
  }
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function natsServer(binary) {
  const port = await freePort();
  started.push(spawn(binary, ['-js', '-sd', join(folder, 'nats'), '-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }));
  const { connect } = await import('@nats-io/transport-node');
  const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
  const connection = await retried(() => connect({ servers: `127.0.0.1:${port}` }));
  const manager = await retried(() => jetstreamManager(connection));
  await manager.streams.add({ name: 'ROWS', subjects: ['rows.>'] });
  await manager.streams.add({ name: 'ANSWERS', subjects: ['answers.>'] });
  const client = jetstream(connection);
  return {
    name: 'nats',
    address: (who) => `nats://127.0.0.1:${port}/rows.new?durable=${who}`,
    send: (messages) => Promise.all(messages.map((text) => client.publish('rows.new', text))),
    /** Messages that a consumer was given and did not acknowledge, and those to come. */
    left: async (who) => {
      const { num_ack_pending, num_pending } = await manager.consumers.info('ROWS', who);
      return num_ack_pending + num_pending;
    },
    /** What other subjects bring is not for us. */
    others: () => client.publish('rows.other', 'not for us'),
    into: (who) => `nats://127.0.0.1:${port}/answers.${who}`,
    /** How many answers are in the stream. */
    count: async () => (await manager.streams.info('ANSWERS')).state.messages,
    async read(who) {
      const consumer = await client.consumers.get('ANSWERS', { filter_subjects: `answers.${who}` });
      const found = [];
      const { num_pending: all } = await consumer.info();
      while (found.length < all)
        for await (const m of await consumer.fetch({ max_messages: Math.min(1000, all - found.length), expires: 5000 }))
          found.push(m.json());
      return found;
    },
    close: () => connection.close(),
  };
}

async function kafkaServer(libs) {
  const [port, control] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  writeFileSync(
    properties,
    `process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:${control}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${control}\nadvertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER\nlog.dirs=${join(folder, 'kafka')}\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=1
transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n`,
  );
  const java = (...args) => ['-Xmx300m', '-cp', join(libs, '*'), ...args];
  execFileSync('java', java('kafka.tools.StorageTool', 'format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', properties), { stdio: 'ignore' });
  started.push(spawn('java', java('kafka.Kafka', properties), { stdio: 'ignore' }));
  const { Admin, Consumer, Producer, stringDeserializers, stringSerializers } = await import('@platformatic/kafka');
  const broker = { clientId: 'test', bootstrapBrokers: [`127.0.0.1:${port}`] };
  const admin = new Admin(broker);
  await retried(() => admin.createTopics({ topics: ['rows'], partitions: 3, replicas: 1 }));
  await admin.createTopics({ topics: ['answers'], partitions: 2, replicas: 1 });
  const reader = new Consumer({ ...broker, groupId: 'reader', deserializers: stringDeserializers });
  const count = async () => Number((await reader.listOffsets({ topics: ['answers'] })).get('answers').reduce((a, b) => a + b, 0n));
  const producer = new Producer({ ...broker, serializers: stringSerializers });
  let sent = 0;
  return {
    name: 'kafka',
    address: (who) => `kafka://127.0.0.1:${port}/rows?group=${who}&instance=a`,
    send: (messages) => producer.send({ messages: messages.map((value) => ({ topic: 'rows', key: String(sent++), value })), acks: -1 }),
    left: async (who) => {
      const [{ topics }] = await admin.listConsumerGroupOffsets({ groups: [who] });
      return sent - topics.flatMap((t) => t.partitions).reduce((sum, p) => sum + Number(p.committedOffset), 0);
    },
    others: async () => undefined,
    into: () => `kafka://127.0.0.1:${port}/answers`,
    count,
    async read() {
      const all = await count();
      const messages = await reader.consume({ topics: ['answers'], mode: 'earliest', autocommit: false });
      const found = [];
      for await (const { value } of messages) if (found.push(JSON.parse(value)) >= all) break;
      return found;
    },
    close: async () => {
      await reader.close(true);
      await producer.close();
      await admin.close();
    },
  };
}

async function retried(work) {
  for (let i = 0; ; i++) {
    try {
      return await work();
    } catch (error) {
      if (i > 60) throw error;
      await pause(500);
    }
  }
}

/** The answers by what they go by, in the file, the table or the topic; and how many there are. */
const sinks = {
  file: {
    args: (who) => ['-o', join(folder, `${who}.ndjson`)],
    size: (who) => statSync(join(folder, `${who}.ndjson`), { throwIfNoEntry: false })?.size ?? 0,
    async answers(who) {
      const path = join(folder, `${who}.ndjson`);
      const found = [];
      if (existsSync(path))
        for await (const line of createInterface({ input: createReadStream(path) })) {
          if (line !== '') found.push(JSON.parse(line));
        }
      return found;
    },
  },
  table: {
    args: (who) => ['--into', who.replace('-', '_'), '--to', `sqlite:${join(folder, `${who}.db`)}`],
    size: (who) => asked(who, 'COUNT(*) AS n')[0]?.n ?? 0,
    answers: async (who) => asked(who, '*'),
  },
  topic: {
    args: (who, broker) => ['--into', broker.into(who)],
    size: (_, broker) => broker.count(),
    answers: (who, broker) => broker.read(who),
  },
};
/** What was learned: a file that is written anew each few seconds. */
const statePath = (who) => join(folder, `${who}.json`);
const stateSize = (who) => statSync(statePath(who), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function asked(who, what) {
  const path = join(folder, `${who}.db`);
  if (!existsSync(path)) return [];
  const database = new Database(path);
  try {
    return database.prepare(`SELECT ${what} FROM ${who.replace('-', '_')}`).all();
  } catch {
    return []; // there is no table yet
  } finally {
    database.close();
  }
}

function score(broker, sink, who) {
  const child = spawn(
    process.execPath,
    sink === 'state'
      ? [command, 'stream', '--from', broker.address(who), '--target', 'member', '--learner', 'ftrl', '-o', statePath(who)]
      : [command, 'score', model, '--stream', '--from', broker.address(who), '--key', 'id', ...sinks[sink].args(who, broker)],
    {
      cwd: folder,
      env: { ...process.env, MILLWRIGHT_STORE: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let told = '';
  child.stderr.on('data', (text) => (told += text));
  const ended = new Promise((resolve) => child.on('exit', (status, signal) => resolve({ status, signal, told })));
  return { child, ended };
}

const failures = [];
const figures = {};
let sent = 0;
async function trial(broker, sink) {
  const who = `${broker.name}-${sink}`;
  let [killed, inTheMiddle] = [0, 0];
  const from = sent;
  const size = async () => (sink === 'state' ? stateSize(who) : sinks[sink].size(who, broker));
  while (killed < kills) {
    const { child, ended } = score(broker, sink, who);
    const before = await size();
    // not before it has begun to answer, where it does so in good time
    let until = Date.now() + 20_000;
    let begun = false;
    while (Date.now() < until) {
      await broker.send(Array.from({ length: 200 }, () => message(sent++)));
      if (Math.random() < 0.1) await broker.others();
      await pause(20);
      if (begun || (await size()) === before) continue;
      begun = true;
      until = Date.now() + Math.random() * 700;
    }
    child.kill('SIGKILL');
    const { signal, told } = await ended;
    if (signal !== 'SIGKILL') failures.push(`${who} ended by itself: ${told}`);
    if (begun) inTheMiddle++;
    killed++;
  }
  const { child, ended } = score(broker, sink, who);
  for (let waited = 0; waited < 120 && (await broker.left(who).catch(() => 1)) > 0; waited++) await pause(1000);
  child.kill('SIGTERM');
  const { status, told } = await ended;
  if (status !== 0) failures.push(`${who}: ended with ${status}: ${told}`);
  const left = await broker.left(who);
  if (left !== 0) failures.push(`${who}: ${left} messages are not acknowledged`);
  if (sink === 'state') {
    const { rows } = JSON.parse(readFileSync(statePath(who), 'utf8'));
    const good = Array.from({ length: sent - broker.first }, (_, i) => i + broker.first).filter((i) => i % 100 !== 7).length;
    if (rows !== good) failures.push(`${who}: ${rows} rows were learned of ${good}`);
    figures[who] = { kills: killed, inTheMiddle, learned: rows, sentMeanwhile: sent - from };
    return undefined;
  }
  const answers = await sinks[sink].answers(who, broker);
  const ids = new Set(answers.map((a) => a.message));
  if (ids.size !== answers.length) failures.push(`${who}: ${answers.length - ids.size} messages were answered twice`);
  // the second trial of a broker reads what the first was sent, too
  if (answers.length !== sent - broker.first) failures.push(`${who}: ${answers.length} answers to ${sent - broker.first} messages`);
  figures[who] = { kills: killed, inTheMiddle, messages: answers.length, sentMeanwhile: sent - from };
  return answers;
}

function compare(who, answers) {
  const faults = answers.filter((a) => a.error);
  const rows = answers.filter((a) => !a.error);
  const keys = new Set(rows.map((a) => a.id));
  if (keys.size !== rows.length) failures.push(`${who}: ${rows.length - keys.size} rows have two answers`);
  const wrong = rows.filter((a) => Object.entries(predicted.get(a.id) ?? { none: 1 }).some(([name, value]) => a[name] !== value));
  if (wrong.length > 0) failures.push(`${who}: ${wrong.length} answers are not those of predict, as ${JSON.stringify(wrong[0])}`);
  if (faults.length === 0 || Math.abs(faults.length - answers.length / 100) > 2)
    failures.push(`${who}: ${faults.length} faults of ${answers.length}`);
}

const brokers = [];
if (process.env.NATS_SERVER) brokers.push(await natsServer(process.env.NATS_SERVER));
if (process.env.KAFKA_LIBS) brokers.push(await kafkaServer(process.env.KAFKA_LIBS));
if (brokers.length === 0) throw new Error('NATS_SERVER and KAFKA_LIBS are not set: nothing to do');
const chosen = (process.env.MILLWRIGHT_SINKS ?? 'file,table,topic,state').split(',');
const found = [];
for (const broker of brokers) {
  broker.first = sent;
  for (const sink of chosen) {
    const answers = await trial(broker, sink);
    if (answers) found.push([`${broker.name}-${sink}`, answers]);
  }
  await broker.close();
}
predictAll(sent);
for (const [who, answers] of found) compare(who, answers);
console.log(JSON.stringify({ figures, failures }, null, 1));
process.exit(failures.length === 0 ? 0 : 1);
