import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { MillwrightError } from '../../core/errors.js';
import { signersOf } from '../commands/sign.js';
import { packageVersion } from '../commands/version.js';
import { Access } from './access.js';
import { AnswerLog } from './answer-log.js';
import { loadBundleFiles } from './bundle-files.js';
import { Door, type RefusalAudit } from './door.js';
import { jwtVerifier } from './jwt.js';
import { MetricExport } from './metric-export.js';
import { mlflowFailure } from './mlflow/failure.js';
import { loadProjectModels } from './project-models.js';
import { ProjectLink } from './project-service.js';
import { failureBody, failureText, Refusal } from './refusal.js';
import type { Route } from './route.js';
import { routesOf } from './routes.js';
import { Service } from './service.js';
import type { ServeSettings } from './settings.js';
import type { Siblings } from './siblings.js';
import { tokenFile } from './token-file.js';
import { TraceExport } from './trace-export.js';
import { traceParent } from './trace-parent.js';
import { WatchThread, watchPlace } from './watch/watch-thread.js';
import { Watcher } from './watch/watcher.js';

/** Milliseconds between two messages of what callers took of their share of requests. */
const SHARE_MILLISECONDS = 100;

/** A server that listens. */
export interface RunningServer {
  readonly address: string;
  /** Names and versions. */
  readonly models: string[];
  readonly service: Service;
  readonly routes: readonly Route[];
  /** Reads the models again; requests under way keep what they have. @throws MillwrightError `BUNDLE_…`; then all stays as it was */
  reload(): Promise<void>;
  /** Takes what callers took of their share of requests in another process. */
  charge(spent: readonly (readonly [caller: string, count: number])[]): void;
  /** Answers what has arrived, then ends. */
  stop(): Promise<void>;
}

/**
 * Loads the models and answers requests until `stop`.
 * @param siblings the other processes of the service, if it has several; then the first process takes predictions over into the store
 * @throws MillwrightError `BUNDLE_…`, `OUTPUT_FAILED`, `OPTION_INVALID` when the address cannot be listened on
 */
export async function startServer(settings: ServeSettings, siblings?: Siblings): Promise<RunningServer> {
  const link = settings.files.length === 0 ? await ProjectLink.open() : undefined;
  // files of the log say whose they are, so that others can tell when nobody writes to them any more
  const label = `${process.pid}-${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
  const folder = link?.logFolder ?? settings.log;
  const log = folder === undefined ? undefined : new AnswerLog(folder, label);
  const app = newApp(settings);
  const traces = TraceExport.fromEnvironment(process.env, (reason, spans) => app.log.warn({ reason, spans }, 'spans are lost'));
  const service = new Service(
    settings,
    log,
    (error) => app.log.error(error, 'the prediction log cannot be written'),
    (model, error) =>
      app.log.warn({ model: model.name, version: model.version, reason: (error as Error).message }, 'a version asked beside failed'),
    siblings,
    link && ((caller, name, traffic) => link.keepTraffic(caller, name, traffic)),
  );
  const thread =
    settings.watch && !siblings
      ? new WatchThread(watchPlace(settings, settings.watch, link), ({ fields, message }) => app.log.warn(fields, message))
      : undefined;
  if (settings.watch)
    service.watchPage = async (models, by) => {
      const task = { kind: 'page' as const, ...(models && { models }), ...(by && { by }) };
      return thread ? thread.page(task) : String((await siblings?.ask(task))?.[0] ?? '');
    };
  if (settings.watch)
    service.watcher = new Watcher(
      async (task) => void (thread ? await thread.tell(task) : await siblings?.ask({ kind: 'watch', task })),
      (model, error) =>
        app.log.warn({ model: model.name, version: model.version, reason: (error as Error).message }, 'a version is not watched'),
    );
  const load = async (): Promise<void> => {
    const { deployments } = service;
    try {
      // read anew, so that a key that was taken out counts no more
      const signers = settings.requireSignature === undefined ? undefined : await signersOf(settings.requireSignature);
      if (link) deployments.replace(await loadProjectModels(link.store, deployments.list(), signers));
      else deployments.renew(await loadBundleFiles(settings.files, deployments.list(), signers));
    } catch (error) {
      if (service.ready) app.log.error({ reason: (error as Error).message }, 'the models stay as they are');
      throw error;
    }
    const served = deployments.list();
    service.watcher?.open(
      served.flatMap(({ versions }) => [...versions.values()]),
      served.map(({ name, traffic }) => ({ model: name, version: traffic.champion })),
    );
    app.log.info({ models: deployments.list().map((d) => `${d.name}@${d.traffic.champion}`) }, 'models loaded');
  };
  let loading = Promise.resolve();
  // one after the other: what was read first must not come last
  service.reload = () => {
    loading = loading.catch(() => undefined).then(load);
    return loading;
  };
  try {
    // what changes while the models are read is read again
    const since = await link?.mark();
    await service.reload();
    const routes = routesOf(service, link);
    const door = newDoor(app, service, settings, link);
    if (traces) traceRequests(app, traces);
    register(app, service, routes, door);
    const address = await listen(app, settings);
    service.ready = true;
    if (!siblings)
      link?.startDrain(label, (reason) => app.log.error({ reason }, 'predictions and webhooks wait: the store does not answer'));
    if (since !== undefined) link?.watch(since, service.reload);
    const sharing = siblings && settings.door.rate > 0 ? setInterval(() => shareSpent(door, siblings), SHARE_MILLISECONDS) : undefined;
    const meter = MetricExport.fromEnvironment(
      process.env,
      () => service.metrics.own(),
      (reason) => app.log.warn({ reason }, 'metrics are not taken by the collector'),
    );
    const stop = async (): Promise<void> => {
      service.ready = false;
      service.box.closing = true;
      await app.close();
      clearInterval(sharing);
      await service.watcher?.end();
      await thread?.end();
      await Promise.all([traces?.close(), meter?.close()]);
      log?.close();
      await link?.close();
    };
    const models = service.deployments.list().map((d) => `${d.name} (version ${d.traffic.champion})`);
    return { address, models, service, routes, reload: service.reload, charge: (spent) => door.charge(spent), stop };
  } catch (error) {
    await app.close();
    await service.watcher?.end();
    await thread?.end();
    await traces?.close();
    log?.close();
    await link?.close();
    throw error;
  }
}

/** A caller's share of requests is one for all processes. */
function shareSpent(door: Door, siblings: Siblings): void {
  const spent = door.spent();
  if (spent.length > 0) siblings.ask({ kind: 'spent', spent }).catch(() => undefined); // a process that ends needs no account
}

/** A span for each request, also for those that are refused. */
function traceRequests(app: FastifyInstance, traces: TraceExport): void {
  const begins = new WeakMap<FastifyRequest, number>();
  app.addHook('onRequest', (request, _reply, done) => {
    begins.set(request, performance.timeOrigin + performance.now());
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const ended = performance.timeOrigin + performance.now();
    const { name: model } = (request.params ?? {}) as { name?: string };
    const parent = traceParent(request.headers.traceparent);
    const route = (request.routeOptions.url ?? 'unknown').replace(/:(\w+)/g, '{$1}');
    const status = reply.raw.statusCode;
    const began = begins.get(request) ?? ended;
    traces.add({ method: request.method, route, status, began, ended, ...(model !== undefined && { model }), ...(parent && { parent }) });
    done();
  });
}

function newApp(settings: ServeSettings): FastifyInstance {
  const app = Fastify({
    logger: { level: 'info', stream: process.stderr, base: { service: 'millwright', version: packageVersion() } },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: settings.maxBody,
    requestTimeout: 60_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200, querystringParser: (text) => readQuery(text) },
  });
  // bodies are read by their routes: most of them by code that is faster than a general parser
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addContentTypeParser(['application/x-ndjson', 'application/jsonl'], (_request, payload, done) => done(null, payload));
  app.decorateRequest('caller', undefined);
  return app;
}

function newDoor(app: FastifyInstance, service: Service, { tokens, jwt, door }: ServeSettings, link?: ProjectLink): Door {
  const now = () => performance.now();
  const verifiers = [
    ...(link ? [link.verify] : []),
    ...(tokens === undefined ? [] : [tokenFile(tokens, Date.now)]),
    ...(jwt ? [jwtVerifier(jwt)] : []),
  ];
  const audit: RefusalAudit = async (caller, route, code) => {
    app.log.warn({ user: caller.user, route, code }, 'refused');
    await link?.refused(caller, route, code);
  };
  return new Door(door, new Access(verifiers, now), audit, now, () => service.metrics.turnedAway('rate'));
}

function register(app: FastifyInstance, service: Service, routes: readonly Route[], door: Door): void {
  const add = (to: FastifyInstance, { method, path, need, handle, counts }: Route): void => {
    const pattern = path.replace(/:(\w+)/g, '{$1}');
    to.route({
      method,
      url: path,
      onRequest: door.hook(need, `${method} ${pattern}`, path.startsWith(MLFLOW)),
      // the quickest route does without
      ...(!counts && { onResponse: (_request, reply, done) => done(void service.metrics.request(pattern, reply.statusCode) as undefined) }),
      handler: (request, reply) => handle(request, reply),
    });
  };
  for (const route of routes) if (!route.streams) add(app, route);
  app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    for (const route of routes) if (route.streams) add(uploads, route);
  });
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
    reply.header('x-frame-options', 'DENY').header('cross-origin-resource-policy', 'same-origin');
    if (service.box.closing) reply.header('connection', 'close');
    return payload;
  });
  const patterns = routes.map((r) => ({
    method: r.method,
    pattern: new RegExp(`^${r.path.replace(/:\w+/g, '[^/]+').replace('*', '.+')}$`),
  }));
  const methodsOf = (url: string): string[] => patterns.filter((p) => p.pattern.test(url.split('?')[0] ?? '')).map((p) => p.method);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // the framework finds fault with bodies of methods that no route has
    const unknown = !KNOWN_METHODS.has(request.method) && error.code?.startsWith('FST_');
    const known = unknown ? wrongMethod(request, methodsOf(request.url)) : (fastifyFailure(error) ?? error);
    if (unknown) reply.header('allow', methodsOf(request.url).join(', '));
    const tell = request.url.startsWith('/v2') ? failureText : request.url.startsWith(MLFLOW) ? mlflowFailure : failureBody;
    const { status, body } = tell(known);
    if (status === 500) request.log.error(error);
    const { name } = (request.params ?? {}) as { name?: string };
    if (name !== undefined && SCORING.test(request.routeOptions.url ?? '')) service.watcher?.request(name, status, Number.NaN);
    // what is still coming of a body that nobody reads any more would keep the connection for a minute
    if (!request.raw.complete) reply.header('connection', 'close');
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 429 || status === 503) reply.header('retry-after', String((known as Refusal).retryAfter ?? 1));
    return reply.code(status).type('application/json; charset=utf-8').send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(request.url);
    if (allowed.length === 0) throw new Refusal('NOT_FOUND', `There is nothing at ${told(request)}.`);
    reply.header('allow', allowed.join(', '));
    throw wrongMethod(request, allowed);
  });
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const MLFLOW = '/api/';
/** Routes whose requests are watched. */
const SCORING = /\/(predict|infer)$/;

function told({ method, url }: FastifyRequest): string {
  return `${method} ${(url.split('?')[0] ?? '').slice(0, 200)}`;
}

function wrongMethod(request: FastifyRequest, allowed: readonly string[]): Refusal {
  return new Refusal('METHOD_NOT_ALLOWED', `${told(request)} is not there; ${allowed.join(' and ') || 'nothing'} is.`);
}

/** Own properties only, and values as text; a name that comes twice has a list. */
function readQuery(text: string): Record<string, unknown> {
  const query = Object.create(null) as Record<string, unknown>;
  if (text !== '') for (const [name, value] of new URLSearchParams(text)) query[name] = name in query ? [] : value;
  return query;
}

/** Failures of the framework in our words. */
function fastifyFailure({ code, statusCode, message }: FastifyError): Refusal | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refusal(
      'REQUEST_TOO_LARGE',
      'The body is larger than this server takes.',
      'Send less at a time; --max-body sets the limit.',
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Refusal('MEDIA_TYPE', 'The type of the body is not understood.');
  if (code?.startsWith('FST_') && statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Refusal('REQUEST_INVALID', message);
  return undefined;
}

async function listen(app: FastifyInstance, { host, port }: ServeSettings): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    const why =
      code === 'EADDRINUSE' ? 'something else listens there' : code === 'EACCES' ? 'it may not be used' : (cause as Error).message;
    throw new MillwrightError('OPTION_INVALID', `Cannot listen on ${host} port ${port}: ${why}.`, 'Choose another with --port.', { cause });
  }
}
