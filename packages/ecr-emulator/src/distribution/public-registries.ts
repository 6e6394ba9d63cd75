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
import { sendError } from './refusals.ts';

const tokenPath = /^\/token\/?$/;

/** The caller with an anonymous token, who may only pull. */
const anonymous: Caller = { account: '', arn: 'anonymous' };

/**
 * Handles the registry API of all public registries: OCI distribution 1.1 with tokens (distribution, "Token
 * Authentication"). Repository names start with the account's alias.
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
      tokenPath.test(pathOf(exchange.url)) ? sendToken(ecr, exchange) : answer(ecr, exchange),
    refuse: async (exchange, { exception, message }) => {
      if (exception === 'NotAuthorized') await challenge(exchange, message);
      else await sendError(exchange, exception, message);
    },
  };
}

/** Answers with a token of the credentials, or an anonymous one without credentials. */
async function sendToken(ecr: Ecr, exchange: Exchange): Promise<void> {
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
  // An account id is not a valid alias here. ECR reports an unknown alias as a missing repository.
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
 * Returns the caller of a Bearer token. Basic is not supported here (kreuzwerker/terraform-provider-docker#666).
 *
 * @throws Refusal NotAuthorized, InvalidToken or ExpiredToken
 */
function identify(ecr: Ecr, exchange: Exchange): Caller {
  const [scheme, token] = exchange.header('authorization')?.split(' ') ?? [];
  if (token === undefined) throw notAuthorized();
  if (scheme?.toLowerCase() !== 'bearer') throw invalidToken();
  const caller = callerOf(ecr.secret, token, publicRegion, ecr.clock.now());
  exchange.account = caller?.account;
  return caller ?? anonymous;
}

function invalidToken(): Refusal {
  return new Refusal('InvalidToken', 'Your Authorization Token is invalid.');
}

/** Sends a challenge. The realm has the address that the client used, the only one it can reach. */
async function challenge(exchange: Exchange, message: string): Promise<void> {
  const realm = new URL('/token/', exchange.url.origin).href;
  const headers = { 'www-authenticate': `Bearer realm="${realm}",service="${publicHost}",scope="aws"` };
  await exchange.sendJson(401, { errors: [{ code: 'DENIED', message }] }, headers);
}
