import { feedbackRoute } from './feedback-route.js';
import { modelRoutes } from './model-routes.js';
import { predictRoute } from './predict-route.js';
import type { Route } from './route.js';
import type { Service } from './service.js';
import { v2Routes } from './v2-routes.js';

/** Every route of the service. */
export function routesOf(service: Service): Route[] {
  return [
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
      path: '/v1/models/:name/feedback',
      need: 'feedback',
      summary: 'Takes what really happened for rows that were answered.',
      handle: feedbackRoute(service),
    },
    ...modelRoutes(service),
    ...v2Routes(service),
  ];
}
