import { readPolicy } from '../../commands/registry/policy.js';
import type { ProjectLink } from '../project-service.js';
import { type Route, sendJson } from '../route.js';
import { experimentRoutes } from './experiments.js';
import { fileRoutes } from './files.js';
import { loggedModelRoutes } from './logged-models.js';
import { loggingRoutes } from './logging.js';
import { modelRoutes } from './models.js';
import { runRoutes } from './runs.js';
import { versionRoutes } from './versions.js';

/** The version of MLflow whose client these routes are tested with. */
const FOLLOWED = '3.17.2';

/**
 * MLflow's REST API over the project's store, so that its clients log and register here.
 * @param most bytes of an uploaded file
 */
export function mlflowRoutes({ store, project }: Pick<ProjectLink, 'store' | 'project'>, most: number): Route[] {
  return [
    ...experimentRoutes(store),
    ...runRoutes(store),
    ...loggingRoutes(store),
    ...loggedModelRoutes(store),
    ...modelRoutes(store),
    ...versionRoutes(store, () => readPolicy(project.folder)),
    ...fileRoutes(store, most),
    {
      method: 'GET',
      path: '/api/3.0/mlflow/server-info',
      need: 'everyone',
      summary: 'Tells MLflow clients what there is.',
      handle: (_request, reply) =>
        sendJson(reply, {
          store_type: 'SqlStore',
          workspaces_enabled: false,
          trace_archival_enabled: false,
          multipart_uploads_enabled: false,
          multipart_downloads_enabled: false,
          presigned_upload_run_id_supported: false,
          presigned_upload_model_id_supported: false,
          features_enabled: { gateway: false },
        }),
    },
    {
      method: 'GET',
      path: '/version',
      need: 'everyone',
      summary: 'The version of MLflow that the API follows.',
      handle: (_request, reply) => reply.type('text/plain; charset=utf-8').send(FOLLOWED),
    },
  ];
}
