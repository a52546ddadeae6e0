import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import { MillwrightError } from '../../core/errors.js';
import { packageVersion } from '../commands/version.js';
import { AnswerLog } from './answer-log.js';
import { loadBundleFiles } from './bundle-files.js';
import { feedbackRoute } from './feedback-route.js';
import { registerModelRoutes } from './model-routes.js';
import { predictRoute } from './predict-route.js';
import { failureBody, Refusal } from './refusal.js';
import { Service } from './service.js';
import type { ServeSettings } from './settings.js';
import { registerV2Routes } from './v2-routes.js';

/** A server that listens. */
export interface RunningServer {
  readonly address: string;
  readonly service: Service;
  /** Reads the bundles again; requests under way keep what they have. @throws MillwrightError `BUNDLE_…`; then all stays as it was */
  reload(): Promise<void>;
  /** Answers what has arrived, then ends. */
  stop(): Promise<void>;
}

/**
 * Loads the models and answers requests until `stop`.
 * @throws MillwrightError `BUNDLE_…`, `OUTPUT_FAILED`, `OPTION_INVALID` when the address cannot be listened on
 */
export async function startServer(settings: ServeSettings): Promise<RunningServer> {
  const log = settings.log === undefined ? undefined : new AnswerLog(settings.log, `${Date.now()}-${randomBytes(4).toString('hex')}`);
  const app = newApp(settings);
  const service = new Service(settings, log, (error) => app.log.error(error, 'the prediction log cannot be written'));
  const reload = async (): Promise<void> => {
    try {
      service.deployments.replace(await loadBundleFiles(settings.files));
    } catch (error) {
      if (service.ready) app.log.error({ reason: (error as Error).message }, 'the models stay as they are');
      throw error;
    }
    app.log.info({ models: service.deployments.list().map((d) => `${d.name}@${d.traffic.champion}`) }, 'models loaded');
  };
  await reload();
  app.addHook('onSend', async (_request, reply, payload) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store').header('referrer-policy', 'no-referrer');
    if (service.box.closing) reply.header('connection', 'close');
    return payload;
  });
  app.post('/v1/models/:name/predict', predictRoute(service));
  app.post('/v1/models/:name/feedback', feedbackRoute(service));
  registerModelRoutes(app, service);
  registerV2Routes(app, service);
  const address = await listen(app, settings);
  service.ready = true;
  return {
    address,
    service,
    reload,
    async stop() {
      service.ready = false;
      service.box.closing = true;
      await app.close();
      log?.close();
    },
  };
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
  app.setErrorHandler((error, request, reply) => {
    const known = fastifyFailure(error as { code?: string; statusCode?: number; message: string }) ?? error;
    const { status, body } = failureBody(known);
    if (status === 500) request.log.error(error);
    reply.code(status).type('application/json; charset=utf-8').send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const { status, body } = failureBody(
      new Refusal('NOT_FOUND', `There is nothing at ${request.method} ${request.url.split('?')[0]?.slice(0, 200)}.`),
    );
    reply.code(status).type('application/json; charset=utf-8').send(body);
  });
  return app;
}

/** Own properties only, and values as text; a name that comes twice has a list. */
function readQuery(text: string): Record<string, unknown> {
  const query = Object.create(null) as Record<string, unknown>;
  if (text !== '') for (const [name, value] of new URLSearchParams(text)) query[name] = name in query ? [] : value;
  return query;
}

/** Failures of the framework in our words. */
function fastifyFailure({ code, statusCode, message }: { code?: string; statusCode?: number; message: string }): Refusal | undefined {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new Refusal(
      'REQUEST_TOO_LARGE',
      'The body is larger than this server takes.',
      'Send less at a time; --max-body sets the limit.',
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Refusal('MEDIA_TYPE', 'The body is of a type that this route does not read.', 'Send application/json.');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new Refusal('REQUEST_INVALID', message);
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
