import type { CommandContext } from '../commands/context.js';
import { EXIT } from '../commands/exit-status.js';
import * as text from './project-text.js';
import { count, plain } from './words.js';

/** What a verb says: for people, and for machines. */
interface Said {
  text: string;
  object: object;
  status?: number;
}

type Options = Record<string, unknown>;

/** Does a verb of the project. Only what it needs is loaded. */
export async function projectVerb(name: string, positional: readonly string[], options: Options, context: CommandContext): Promise<Said> {
  const [first, second] = positional;
  switch (name) {
    case 'init': {
      const made = await (await import('../commands/init.js')).initCommand(options);
      return {
        text: `The project is ${plain(made.folder, 500)}; its store is ${plain(made.store, 500)}.\n${text.usersText(made.users)}`,
        object: made,
      };
    }
    case 'runs': {
      const found = await (await import('../commands/runs.js')).runsCommand(options);
      return { text: text.runsText(found), object: found };
    }
    case 'compare': {
      const compared = await (await import('../commands/runs.js')).compareCommand({ a: first, b: second });
      return { text: text.compareText(compared), object: compared };
    }
    case 'models': {
      const found = await (await import('../commands/models.js')).modelsCommand({ ...options, name: first });
      return { text: 'model' in found ? text.modelText(found.model) : text.modelsText(found.models), object: found };
    }
    case 'requests': {
      const found = await (await import('../commands/models.js')).requestsCommand({ ...options, id: first });
      return {
        text: 'request' in found ? text.requestText(found.request, found.comments, found.case) : text.requestsText(found.requests),
        object: found,
      };
    }
    case 'audit':
      return auditVerb(await (await import('../commands/audit.js')).auditCommand({ ...options, what: first }));
    case 'user': {
      const found = await (await import('../commands/access.js')).userCommand({ ...options, action: first, name: second });
      return { text: text.usersText(found.users), object: found };
    }
    case 'token': {
      const found = await (await import('../commands/access.js')).tokenCommand({ ...options, action: first, id: second });
      const secret = found.secret === undefined ? '' : `${found.secret}\nThis is told once: keep it now.\n\n`;
      return { text: secret + text.tokensText(found.tokens), object: found };
    }
    case 'alerts': {
      const { alertsCommand } = await import('../commands/alerts.js');
      const answer = await alertsCommand({ ...options, action: first, alert: second });
      return { text: (await import('./alerts-text.js')).alertsText(answer), object: answer };
    }
    case 'webhooks': {
      const { webhooksCommand } = await import('../commands/webhooks.js');
      const answer = await webhooksCommand({ ...options, action: first, target: second }, context);
      const { webhooksText } = await import('./webhooks-text.js');
      const failed = answer.test?.ok === false || (answer.delivered?.failed ?? 0) > 0;
      return { text: webhooksText(answer), object: answer, status: failed ? EXIT.failed : EXIT.done };
    }
    case 'retrain': {
      const { retrainCommand } = await import('../commands/retrain.js');
      const answer = await retrainCommand({ ...options, model: first, data: positional.slice(1) }, context);
      const failed = answer.job.state === 'failed' || (options.now === true && answer.job.state === 'queued');
      return { text: (await import('./work-text.js')).jobText(answer.job), object: answer, status: failed ? EXIT.failed : EXIT.done };
    }
    case 'worker': {
      const worked = await (await import('../commands/worker.js')).workerCommand(options, context);
      const text = `${count(worked.done)} done, ${count(worked.failed)} failed, ${count(worked.again)} to be tried again; see \`millwright jobs\`.\n`;
      return { text, object: worked, status: worked.failed > 0 ? EXIT.failed : EXIT.done };
    }
    case 'jobs': {
      const found = await (await import('../commands/jobs.js')).jobsCommand({ ...options, action: first, id: second });
      const { jobsText, jobText } = await import('./work-text.js');
      return { text: 'job' in found ? jobText(found.job) : jobsText(found.jobs), object: found };
    }
    case 'schedule': {
      const found = await (await import('../commands/schedule.js')).scheduleCommand({ ...options, action: first, target: second });
      const made = found.made === undefined ? '' : `${found.made}\n`;
      return { text: made + (await import('./work-text.js')).schedulesText(found.schedules), object: found };
    }
    case 'gc': {
      const gone = await (await import('../commands/gc.js')).gcCommand(options);
      return { text: `${count(gone.files)} files (${count(gone.bytes)} bytes) that nothing names are gone.\n`, object: gone };
    }
    case 'export': {
      const moved = await (await import('../commands/transfer.js')).exportCommand({ ...options, folder: first });
      return { text: `${count(moved.rows)} rows and ${count(moved.files)} files are in ${plain(moved.folder, 500)}.\n`, object: moved };
    }
    case 'import': {
      const moved = await (await import('../commands/transfer.js')).importCommand({ ...options, folder: first });
      const said =
        'run' in moved
          ? `The run is in the store: ${plain(moved.run, 200)}.\n`
          : `${count(moved.rows)} rows and ${count(moved.files)} files are in ${plain(moved.store, 500)}.\n`;
      return { text: said, object: moved };
    }
    default:
      return registryVerb(name, positional, options);
  }
}

async function registryVerb(name: string, [first, second]: readonly string[], options: Options): Promise<Said> {
  const verbs = await import('../commands/promote.js');
  switch (name) {
    case 'register': {
      const version = await verbs.registerCommand({ ...options, from: first });
      return { text: `Registered ${plain(version.model)}@${version.version}.\n`, object: { version } };
    }
    case 'rollback': {
      const deployment = await verbs.rollbackCommand({ ...options, model: first });
      return { text: `${plain(deployment.model)}@${deployment.version} is in production again.\n`, object: { deployment } };
    }
    case 'resolve': {
      const resolved = await verbs.resolveCommand({ ...options, reference: first, finding: second });
      return { text: `${plain(resolved.finding)} of ${plain(resolved.reference)} is resolved.\n`, object: resolved };
    }
    case 'comment': {
      const comment = await verbs.commentCommand({ ...options, on: first, text: second });
      return { text: text.commentsText([comment]), object: { comment } };
    }
    case 'promote': {
      const outcome = await verbs.promoteCommand({ ...options, reference: first });
      return { text: text.outcomeText(outcome), object: outcome };
    }
    default: {
      const decide = { approve: verbs.approveCommand, reject: verbs.rejectCommand }[name] ?? verbs.withdrawCommand;
      const outcome = await decide({ ...options, request: first });
      return { text: text.outcomeText(outcome), object: outcome };
    }
  }
}

function auditVerb(answer: import('../commands/audit.js').AuditAnswer): Said {
  if ('verdict' in answer)
    return { text: text.verdictText(answer.verdict), object: answer, status: answer.verdict.ok ? EXIT.done : EXIT.failed };
  if ('anchor' in answer) return { text: `${JSON.stringify(answer.anchor)}\n`, object: answer };
  return { text: text.auditText(answer.entries), object: answer };
}
