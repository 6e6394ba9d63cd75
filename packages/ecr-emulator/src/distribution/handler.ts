import { callerOf, notAuthorized } from '../access/authorization-token.ts';
import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import { pathOf } from '../http/path.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import { match, routes } from './match.ts';
import { permit } from './permit.ts';
import { refuse } from './refusals.ts';
import type { Routed } from './route.ts';

/** Handles the registry API of one account in one region: OCI distribution 1.1 with ECR's deviations. */
export function registryHandler(ecr: Ecr, registry: Registry): Handler {
  return {
    describe: (exchange) => {
      exchange.response.setHeader('docker-distribution-api-version', 'registry/2.0');
      const found = match(exchange);
      if (found === undefined) return;
      exchange.operation = found.route.operation;
      exchange.repository = found.name === '' ? undefined : found.name;
    },
    answer: (exchange) => answer(ecr, registry, exchange),
    refuse: (exchange, refusal) => refuse(exchange, refusal, registry),
  };
}

async function answer(ecr: Ecr, registry: Registry, exchange: Exchange): Promise<void> {
  const caller = identify(ecr, registry, exchange);
  const found = match(exchange);
  if (found === undefined) {
    const known = routes.some(({ pattern }) => pattern.test(pathOf(exchange.url)));
    if (known) throw new Refusal('InvalidParameterException', 'The operation is unsupported.');
    await exchange.send(404);
    return;
  }
  const { route, name, reference } = found;
  const routed: Routed = { ecr, registry, caller, exchange, name, reference, alias: '' };
  if (route.action !== undefined) permit(routed, route.action);
  await route.answer(routed);
}

/** @throws Refusal NotAuthorized, InvalidToken or ExpiredToken */
function identify(ecr: Ecr, registry: Registry, exchange: Exchange): Caller {
  const [scheme, credentials] = exchange.header('authorization')?.split(' ') ?? [];
  if (scheme?.toLowerCase() !== 'basic' || credentials === undefined) throw notAuthorized();
  const caller = callerOf(ecr.secret, credentials, registry.region, ecr.clock.now());
  if (caller === undefined) throw notAuthorized();
  exchange.account = caller.account;
  return caller;
}
