import type { Clock } from '../clock.ts';
import type { Ecr } from '../ecr.ts';
import type { RoleScripts } from '../access/roles.ts';
import { parseFault } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestLog } from '../http/request-log.ts';
import type { Handler } from '../http/server.ts';
import { parseScripts } from '../scan/script.ts';
import { expire, type Expiry } from './expire.ts';
import { ownProperty } from '../own-property.ts';

/** The path prefix of the admin API. AWS has no such paths. */
export const adminPrefix = '/_emulator/';

const maxInput = 16 * 1024 * 1024;

/** The parts of the emulator that the admin API controls. */
export interface AdminContext {
  readonly ecr: Ecr;
  readonly clock: Clock;
  readonly log: RequestLog;
  readonly faults: Faults;
}

type Action = (context: AdminContext, body: unknown) => unknown;

const actions: Readonly<Record<string, Action>> = {
  'GET requests': ({ log }) => log.entries,
  'DELETE requests': ({ log }) => {
    log.clear();
  },
  'GET findings': ({ ecr }) => ecr.scanner.scripts,
  'PUT findings': ({ ecr }, body) => {
    ecr.scanner.add(parseScripts(body));
  },
  'DELETE findings': ({ ecr }) => {
    ecr.scanner.clear();
  },
  'GET roles': ({ ecr }) => ecr.roles.scripts,
  'PUT roles': ({ ecr }, body) => {
    ecr.roles.add((body ?? {}) as RoleScripts);
  },
  'DELETE roles': ({ ecr }) => {
    ecr.roles.clear();
  },
  'GET faults': ({ faults }) => faults.all,
  'POST faults': ({ faults }, body) => {
    const added = (Array.isArray(body) ? (body as unknown[]) : [body]).map(parseFault);
    for (const fault of added) faults.add(fault);
  },
  'DELETE faults': ({ faults }) => {
    faults.clear();
  },
  'POST expire': ({ ecr }, body) => expire(ecr, body as Expiry | undefined),
  'GET clock': ({ clock }) => ({ now: new Date(clock.now()).toISOString() }),
  'POST clock': ({ clock }, body) => {
    clock.advance(secondsIn(body) * 1000);
  },
};

/** Handles the admin API: the request log, scan findings, roles, faults, lifecycle evaluation and the clock. */
export function adminHandler(context: AdminContext): Handler {
  return {
    describe: (exchange) => {
      exchange.plane = 'admin';
      exchange.operation = `${exchange.method} ${exchange.url.pathname.slice(adminPrefix.length)}`;
    },
    answer: async (exchange) => {
      const { operation } = exchange;
      const reason = refusalReason(exchange);
      if (reason !== undefined) {
        await exchange.sendJson(403, { error: reason });
        return;
      }
      const action = ownProperty(actions, operation);
      if (action === undefined) {
        await exchange.sendJson(404, {
          error: `unknown operation ${operation}`,
          known: Object.keys(actions),
        });
        return;
      }
      try {
        const result = await action(context, await bodyOf(exchange));
        if (result === undefined) await exchange.send(204);
        else await exchange.sendJson(200, result);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        await exchange.sendJson(400, { error: error.message });
      }
    },
    refuse: async (exchange, { message }) => {
      await exchange.sendJson(400, { error: message });
    },
  };
}

/**
 * Returns the reason to reject a request, or undefined. A web page in a browser on this machine can send requests, also
 * through a host name that resolves to loopback. Programs send no `Origin`, and use `localhost` or an address.
 */
function refusalReason(exchange: Exchange): string | undefined {
  const origin = exchange.header('origin');
  if (origin !== undefined) return `requests from web pages are rejected, such as this one from ${origin}`;
  const { hostname = '' } = URL.parse(`http://${exchange.header('host') ?? ''}`) ?? {};
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  return isLoopback ? undefined : `the host must be localhost or a loopback address, not ${hostname}`;
}

async function bodyOf(exchange: Exchange): Promise<unknown> {
  const text = (await exchange.bytes(maxInput)).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function secondsIn(body: unknown): number {
  const seconds = (body as { advance?: unknown } | undefined)?.advance;
  if (typeof seconds !== 'number' || seconds < 0)
    throw new SyntaxError('advance must be a number of seconds');
  return seconds;
}
