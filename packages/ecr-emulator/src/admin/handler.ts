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

/** Everything under it is the emulator's own: AWS has nothing there. */
export const adminPrefix = '/_emulator/';

const maxInput = 16 * 1024 * 1024;

/** What the back door opens on. */
export interface AdminContext {
  readonly ecr: Ecr;
  readonly clock: Clock;
  readonly log: RequestLog;
  readonly faults: Faults;
}

type Action = (backstage: AdminContext, body: unknown) => unknown;

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

/** The back door: the log, scan findings, faults and the clock, for whoever drives the emulator from outside. */
export function adminHandler(backstage: AdminContext): Handler {
  return {
    describe: (exchange) => {
      exchange.plane = 'admin';
      exchange.operation = `${exchange.method} ${exchange.url.pathname.slice(adminPrefix.length)}`;
    },
    answer: async (exchange) => {
      const { operation } = exchange;
      const why = whyRefused(exchange);
      if (why !== undefined) {
        await exchange.sendJson(403, { error: why });
        return;
      }
      const action = ownProperty(actions, operation);
      if (action === undefined) {
        await exchange.sendJson(404, { error: `no ${operation}`, known: Object.keys(actions) });
        return;
      }
      try {
        const result = await action(backstage, await bodyOf(exchange));
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
 * Returns why a request is refused; undefined when it is not. A web page in a browser on this machine can send requests,
 * also through a host name that resolves to loopback. Programs send no `Origin`, and use `localhost` or an address.
 */
function whyRefused(exchange: Exchange): string | undefined {
  const origin = exchange.header('origin');
  if (origin !== undefined) return `requests of pages are refused, and this one is of ${origin}`;
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
  if (typeof seconds !== 'number' || seconds < 0) throw new SyntaxError('advance is a number of seconds');
  return seconds;
}
