import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Caller } from './access.js';
import { NEEDS, type Need } from './needs.js';
import { RateLimit } from './rate-limit.js';
import { Refusal } from './refusal.js';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}

/** Whoever can reach a server on 127.0.0.1 without a token. Decisions are for people with a token of their own. */
const LOCAL: Caller = { user: 'local', roles: ['viewer', 'predictor'] };
const NOBODY: Caller = { user: 'unknown', roles: [] };

/** How the door is kept. */
export interface DoorSettings {
  /** Only this machine can reach the server. */
  readonly loopback: boolean;
  /** A token is asked for even so. */
  readonly requireToken: boolean;
  /** Requests a second of one caller; 0: no matter. */
  readonly rate: number;
}

/** What is written down of a request that was refused. */
export type RefusalAudit = (caller: Caller, route: string, code: string) => Promise<void> | void;

type Hook = (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => void;

/** Lets requests in: by where they come from, whose token they carry, what its roles allow, and how often it asks. */
export class Door {
  readonly #rate: RateLimit | undefined;
  /** Tokens that were wrong, by address. */
  readonly #guesses: RateLimit;

  constructor(
    private readonly settings: DoorSettings,
    private readonly access: Access,
    private readonly audit: RefusalAudit,
    now: () => number,
    private readonly onLimited: () => void,
  ) {
    this.#rate = settings.rate > 0 ? new RateLimit(settings.rate, now) : undefined;
    this.#guesses = new RateLimit(1, now, 20);
  }

  /** What callers took of their share of requests since the last call, for other processes of the service. */
  spent(): [caller: string, count: number][] {
    return this.#rate?.spent() ?? [];
  }

  /** Takes what callers took of their share in another process. */
  charge(spent: readonly (readonly [caller: string, count: number])[]): void {
    for (const [caller, count] of spent) this.#rate?.charge(caller, count);
  }

  /** The check of a route, before its body is read. @param route method and pattern, for the audit log @param basic whether a token may also come as a password */
  hook(need: Need, route: string, basic = false): Hook {
    const roles: readonly string[] | undefined = NEEDS[need];
    const decide = (request: FastifyRequest, caller: Caller, done: (error?: Error) => void): void => {
      const refused = this.#refusal(request, caller, roles);
      if (!refused) {
        request.caller = caller;
        done();
        return;
      }
      if (refused.code === 'TOO_MANY_REQUESTS') this.onLimited();
      this.#tell(caller, route, refused, done);
    };
    return (request, _reply, done) => {
      const stranger = this.#stranger(request);
      if (stranger) {
        this.#tell(NOBODY, route, stranger, done);
        return;
      }
      if (roles === undefined) {
        done();
        return;
      }
      const { authorization } = request.headers;
      if (authorization === undefined) {
        if (this.settings.loopback && !this.settings.requireToken) decide(request, LOCAL, done);
        else this.#tell(NOBODY, route, unknownCaller('The request carries no token.'), done);
        return;
      }
      const secret = secretIn(authorization, basic);
      const known = this.access.remembered(secret);
      if (known) {
        decide(request, known, done);
        return;
      }
      this.access.verify(secret).then(
        (caller) => {
          if (caller) decide(request, caller, done);
          else this.#guessed(request, route, done);
        },
        (error: Error) => done(error),
      );
    };
  }

  #guessed(request: FastifyRequest, route: string, done: (error?: Error) => void): void {
    const wait = this.#guesses.take(request.ip);
    const refused = wait > 0 ? tooMany(wait) : unknownCaller('The token is unknown or expired.');
    this.#tell(NOBODY, route, refused, done);
  }

  #refusal(request: FastifyRequest, caller: Caller, roles: readonly string[] | undefined): Refusal | undefined {
    if (!roles?.some((role) => (caller.roles as readonly string[]).includes(role)))
      return new Refusal('NOT_ALLOWED', `This takes the role ${roles?.join(' or ')}.`, 'Ask whoever gave you the token.');
    const { name } = request.params as { name?: string };
    if (caller.models && name !== undefined && !caller.models.includes(name))
      return new Refusal('NOT_ALLOWED', 'The token is not for this model.', 'Ask whoever gave you the token.');
    if (!this.#rate) return undefined;
    const wait = this.#rate.take(caller.user);
    return wait > 0 ? tooMany(wait) : undefined;
  }

  /** A page of somewhere else that a browser here shows may not use this server. */
  #stranger({ headers }: FastifyRequest): Refusal | undefined {
    if (!this.settings.loopback) return undefined;
    const { host = '', origin } = headers;
    if (!/^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(host))
      return new Refusal('NOT_ALLOWED', 'The request names another host than this machine.', 'Use the address that the server told.');
    if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== host)
      return new Refusal('NOT_ALLOWED', 'The request comes from a page of another site.');
    return undefined;
  }

  #tell(caller: Caller, route: string, refused: Refusal, done: (error?: Error) => void): void {
    Promise.resolve(this.audit(caller, route, refused.code)).then(
      () => done(refused),
      (error: Error) => done(error),
    );
  }
}

/** The token of a header. Basic is for clients that know nothing else; browsers send it by themselves, so few routes take it. */
function secretIn(authorization: string, basic: boolean): string {
  const bearer = /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(authorization)?.[1];
  if (bearer !== undefined || !basic) return bearer ?? '';
  const pair = Buffer.from(/^Basic ([\w+/=-]{1,12000})$/i.exec(authorization)?.[1] ?? '', 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

function unknownCaller(message: string): Refusal {
  return new Refusal('NOT_AUTHENTICATED', message, 'Send it as `Authorization: Bearer …`.');
}

function tooMany(seconds: number): Refusal {
  return new Refusal('TOO_MANY_REQUESTS', 'This caller asks more often than it may.', `Try again in ${seconds} s.`, [], seconds);
}
