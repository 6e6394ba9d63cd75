import { callerOf } from '../access/authorization-token.ts';
import { authorize } from '../access/authorize.ts';
import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { blobRoutes } from './blobs.ts';
import { listRoutes } from './lists.ts';
import { manifestRoutes } from './manifests.ts';
import { refuse } from './refusals.ts';
import type { Route, Routed } from './route.ts';
import { uploadRoutes } from './uploads.ts';

const routes: readonly Route[] = [...listRoutes, ...uploadRoutes, ...blobRoutes, ...manifestRoutes];

/** The registry API of one account in one region: OCI distribution 1.1 as ECR speaks it. */
export function registryHandler(ecr: Ecr, registry: Registry): Handler {
  return async (exchange) => {
    exchange.response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      await answer(ecr, registry, exchange);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(exchange, error);
    }
  };
}

async function answer(ecr: Ecr, registry: Registry, exchange: Exchange): Promise<void> {
  const path = decodeURIComponent(exchange.url.pathname);
  const found = match(exchange.method, path);
  exchange.operation = found?.route.operation ?? `${exchange.method} ${path}`;
  if (found?.parameters.name !== undefined) exchange.repository = found.parameters.name;

  const caller = identify(ecr, registry, exchange);
  if (caller === undefined) return;
  if (found === undefined) {
    const known = routes.some(({ pattern }) => pattern.test(path));
    if (known) throw new Refusal('InvalidParameterException', 'The operation is unsupported.');
    exchange.send(404);
    return;
  }

  const { route, parameters } = found;
  const { name = '', reference = '' } = parameters;
  const routed: Routed = { ecr, registry, caller, exchange, name, reference };
  if (route.action !== undefined) permit(routed, route.action, name === '' ? undefined : name);
  await route.answer(routed);
}

function match(
  method: string,
  path: string,
): { readonly route: Route; readonly parameters: Readonly<Record<string, string | undefined>> } | undefined {
  for (const route of routes) {
    const parameters = route.pattern.exec(path);
    if (parameters !== null && route.method === method) return { route, parameters: parameters.groups ?? {} };
  }
  return undefined;
}

/** Whoever has no token is told how to come back. The realm is the real name, which no client dials for Basic. */
function identify(ecr: Ecr, registry: Registry, exchange: Exchange): Caller | undefined {
  const [scheme, credentials] = exchange.header('authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || credentials === undefined) {
    exchange.error = 'NotAuthorized';
    const challenge = `Basic realm="https://${registry.host}/",service="ecr.amazonaws.com"`;
    exchange.send(
      401,
      { 'www-authenticate': challenge, 'content-type': 'text/plain; charset=utf-8' },
      'Not Authorized\n',
    );
    return undefined;
  }
  const caller = callerOf(ecr.secret, credentials, registry.region, ecr.clock.now());
  exchange.account = caller.account;
  return caller;
}

/** @throws Refusal AccessDeniedException */
export function permit({ caller, registry }: Routed, action: string, repository: string | undefined): void {
  const { account, region } = registry;
  authorize({ caller, action, account, region, registry, repository });
}
