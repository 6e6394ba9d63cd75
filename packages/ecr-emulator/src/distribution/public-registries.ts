import { callerOf, issueAnonymousToken, notAuthorized } from '../access/authorization-token.ts';
import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import { pathOf } from '../http/path.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';
import { publicHost, publicRegion } from '../registry/public-registry.ts';
import { repositoryNotFound } from '../registry/exceptions.ts';
import { match, type Match } from './match.ts';
import { permit } from './permit.ts';
import { dress } from './refusals.ts';

const tokenPath = /^\/token\/?$/;

/** Who has a token for everybody: may pull, and nothing else. */
const anybody: Caller = { account: '', arn: 'anonymous' };

/**
 * The registry API of all public registries: OCI distribution 1.1 with tokens (distribution, "Token Authentication"),
 * an account's alias before the name of each repository.
 */
export function publicRegistryHandler(ecr: Ecr): Handler {
  return {
    describe: (exchange) => {
      exchange.response.setHeader('docker-distribution-api-version', 'registry/2.0');
      if (tokenPath.test(pathOf(exchange.url))) exchange.operation = 'GET token';
      const found = match(exchange);
      if (found === undefined) return;
      exchange.operation = found.route.operation;
      exchange.repository = found.name === '' ? undefined : found.name;
    },
    answer: (exchange) =>
      tokenPath.test(pathOf(exchange.url)) ? giveToken(ecr, exchange) : answer(ecr, exchange),
    refuse: async (exchange, { exception, message }) => {
      if (exception === 'NotAuthorized') await challenge(exchange, message);
      else await dress(exchange, exception, message);
    },
  };
}

/** With credentials a token for whom they are, without them one for anybody. */
async function giveToken(ecr: Ecr, exchange: Exchange): Promise<void> {
  const [scheme, credentials] = exchange.header('authorization')?.split(' ') ?? [];
  const now = ecr.clock.now();
  if (credentials === undefined) {
    await exchange.sendJson(200, { token: issueAnonymousToken(ecr.secret, publicRegion, now) });
    return;
  }
  if (scheme?.toLowerCase() !== 'basic') throw invalidToken();
  exchange.account = callerOf(ecr.secret, credentials, publicRegion, now)?.account;
  await exchange.sendJson(200, { token: credentials });
}

async function answer(ecr: Ecr, exchange: Exchange): Promise<void> {
  const caller = identify(ecr, exchange);
  const found = match(exchange);
  if (found === undefined) {
    await exchange.send(404);
    return;
  }
  const { alias, name } = split(found);
  const registry = ecr.publicRegistry(alias);
  const { route, reference } = found;
  if (route.operation === 'GET base') {
    await exchange.sendJson(200, {});
    return;
  }
  // By an account's id nothing is addressed here; of an alias that nobody has it is told as of a repository.
  if (registry?.account === alias || registry === undefined) throw repositoryNotFound(name, alias);
  const routed = { ecr, registry, caller, exchange, name, reference, alias: `${alias}/` };
  if (route.action !== undefined) permit(routed, route.action);
  await route.answer(routed);
}

function split({ name }: Match): { readonly alias: string; readonly name: string } {
  const slash = name.indexOf('/');
  return { alias: name.slice(0, slash), name: name.slice(slash + 1) };
}

/**
 * A token comes as Bearer; Basic is not known here (kreuzwerker/terraform-provider-docker#666).
 *
 * @throws Refusal NotAuthorized, InvalidToken or ExpiredToken
 */
function identify(ecr: Ecr, exchange: Exchange): Caller {
  const [scheme, token] = exchange.header('authorization')?.split(' ') ?? [];
  if (token === undefined) throw notAuthorized();
  if (scheme?.toLowerCase() !== 'bearer') throw invalidToken();
  const caller = callerOf(ecr.secret, token, publicRegion, ecr.clock.now());
  exchange.account = caller?.account;
  return caller ?? anybody;
}

function invalidToken(): Refusal {
  return new Refusal('InvalidToken', 'Your Authorization Token is invalid.');
}

/** The realm is at the address that was dialled: no client here knows another. */
async function challenge(exchange: Exchange, message: string): Promise<void> {
  const realm = new URL('/token/', exchange.url.origin).href;
  const headers = { 'www-authenticate': `Bearer realm="${realm}",service="${publicHost}",scope="aws"` };
  await exchange.sendJson(401, { errors: [{ code: 'DENIED', message }] }, headers);
}
