import { packageVersion } from '../commands/version.js';
import { alertRoutes } from './alert-routes.js';
import { explainRoute } from './explain-route.js';
import { feedbackRoute } from './feedback-route.js';
import { own } from './json-body.js';
import { mlflowRoutes } from './mlflow/routes.js';
import { modelRoutes } from './model-routes.js';
import { openApi } from './openapi.js';
import { predictRoute } from './predict-route.js';
import type { ProjectLink } from './project-service.js';
import { retrainRoutes } from './retrain-routes.js';
import { reviewRoutes } from './review-routes.js';
import { type Route, sendJson } from './route.js';
import type { Service } from './service.js';
import { TRY_PAGE, TRY_POLICY } from './try-page.js';
import { v2Routes } from './v2-routes.js';

const MONITOR_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async function nothingWatched(): Promise<string> {
  const { renderMonitorPage } = await import('../report/monitor-page.js');
  return renderMonitorPage([], { at: new Date().toISOString(), millwright: packageVersion(), served: true });
}

/** The column that a page is asked to tell scores by; several cannot be. */
function columnIn(query: unknown): string[] {
  const by = own(query, 'by');
  return typeof by === 'string' ? [by.slice(0, 200)] : [];
}

/** Every route of the service. */
export function routesOf(service: Service, link?: ProjectLink): Route[] {
  const routes: Route[] = [
    {
      method: 'POST',
      path: '/v1/models/:name/predict',
      need: 'predict',
      summary: 'Scores a row, several rows, a CSV table or a stream of rows.',
      handle: predictRoute(service),
      counts: true,
    },
    {
      method: 'POST',
      path: '/v1/models/:name/explain',
      need: 'predict',
      summary: 'Tells what each column did to the predictions of rows.',
      handle: explainRoute(service),
    },
    {
      method: 'POST',
      path: '/v1/models/:name/feedback',
      need: 'feedback',
      summary: 'Takes what really happened for rows that were answered.',
      handle: feedbackRoute(service),
    },
    ...modelRoutes(service),
    ...v2Routes(service),
    ...(link
      ? [
          ...reviewRoutes(link, () => service.reload()),
          ...alertRoutes(link),
          ...retrainRoutes(link),
          ...mlflowRoutes(link, service.settings.maxUpload),
        ]
      : []),
    {
      method: 'GET',
      path: '/openapi.json',
      need: 'describe',
      summary: 'This description of the models.',
      handle: (request, reply) => {
        const { models } = request.caller ?? {};
        const deployments = service.deployments.list().filter((d) => models?.includes(d.name) ?? true);
        return sendJson(reply, openApi(routes, deployments));
      },
    },
    {
      method: 'GET',
      path: '/monitor',
      need: 'review',
      summary: 'A page of the models under watch: health, alerts, requests, columns before and now; ?by=column tells scores by its values.',
      handle: async (request, reply) => {
        await service.watcher?.flush();
        const page = service.watchPage ? await service.watchPage(request.caller?.models, columnIn(request.query)) : await nothingWatched();
        return reply.header('content-security-policy', MONITOR_POLICY).type('text/html; charset=utf-8').send(page);
      },
    },
    {
      method: 'GET',
      path: '/',
      need: 'everyone',
      summary: 'A page to try the models.',
      handle: (_request, reply) => reply.header('content-security-policy', TRY_POLICY).type('text/html; charset=utf-8').send(TRY_PAGE),
    },
  ];
  return routes;
}
