import { authorize } from '../access/authorize.ts';
import { parseRepositoryArn } from '../access/arn.ts';
import type { Caller } from '../access/caller.ts';
import { identify } from '../access/identify.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';
import { publicApiRegion, publicRegion } from '../registry/public-registry.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { authorizationTokens } from './authorization-tokens.ts';
import { backfills } from './backfills.ts';
import { creationTemplates } from './creation-templates.ts';
import { images } from './images.ts';
import { inspector } from './inspector.ts';
import { layers } from './layers.ts';
import { lifecycle } from './lifecycle.ts';
import { convert, decoding, encoding, Mismatch, readModel, type Model } from '../service-model/model.ts';
import type { RegistryLocation } from '../registry/repository.ts';
import type { Call, Operations } from './operation.ts';
import { parameters } from './parameters.ts';
import { publicRegistries } from './public-registries.ts';
import { pullThrough } from './pull-through.ts';
import { pullTimeExclusions } from './pull-time-exclusions.ts';
import { referrers } from './referrers.ts';
import { registrySettings } from './registry-settings.ts';
import { replication } from './replication.ts';
import { repositories } from './repositories.ts';
import { repositoryPolicies } from './repository-policies.ts';
import { keys } from './keys.ts';
import { scanning } from './scanning.ts';
import { signing } from './signing.ts';
import { refuseSts, sts } from './sts.ts';
import { ownProperty } from '../own-property.ts';

/** A service on the port of the API. */
interface Service {
  /** The name in signatures and policies. */
  readonly name: 'ecr' | 'ecr-public' | 'inspector2' | 'kms' | 'ssm';
  /** The only region of the service. Default: all regions. */
  readonly region?: string;
  readonly model: Model;
  readonly operations: Operations;
  /** Returns the error for an input that does not match the model. */
  readonly refuse: (mismatch: Mismatch) => Refusal;
}

const services: readonly Service[] = [
  {
    name: 'ecr',
    model: readModel('ecr'),
    refuse: ({ path, message }) => invalidParameter(path, message),
    operations: {
      ...authorizationTokens,
      ...backfills,
      ...creationTemplates,
      ...images,
      ...layers,
      ...lifecycle,
      ...pullThrough,
      ...pullTimeExclusions,
      ...referrers,
      ...registrySettings,
      ...repositories,
      ...replication,
      ...repositoryPolicies,
      ...scanning,
      ...signing,
    },
  },
  {
    name: 'ecr-public',
    region: publicApiRegion,
    model: readModel('ecr-public'),
    refuse: ({ path, message }) => invalidParameter(path, message),
    operations: publicRegistries,
  },
  {
    name: 'inspector2',
    model: readModel('inspector2'),
    refuse: ({ path, message }) => new Refusal('ValidationException', `Value at '${path}' ${message}`),
    operations: inspector,
  },
  {
    name: 'kms',
    model: readModel('kms'),
    refuse: ({ path, message }) => new Refusal('ValidationException', `Value at '${path}' ${message}`),
    operations: keys,
  },
  {
    name: 'ssm',
    model: readModel('ssm'),
    refuse: ({ path, message }) =>
      new Refusal(
        'ValidationException',
        `1 validation error detected: Value at '${path}' failed to satisfy constraint: Member ${message}`,
      ),
    operations: parameters,
  },
];

/** The largest input is a layer part of 20 MiB in base64. */
const maxInput = 32 * 1024 * 1024;

/**
 * Handles the AWS APIs: JSON 1.1 for ECR, ECR Public, KMS and SSM, REST with JSON for Inspector, and the query protocol, without
 * a target header, for STS.
 */
export function apiHandler(ecr: Ecr): Handler {
  return {
    describe: (exchange) => {
      const target = targetOf(exchange);
      exchange.operation = target === undefined ? 'sts' : `${target.service?.name ?? '?'}:${target.name}`;
    },
    answer: async (exchange) => {
      const target = targetOf(exchange);
      if (target === undefined) await sts(ecr, exchange);
      else await respond(exchange, 200, await call(ecr, exchange, target));
    },
    refuse: async (exchange, refusal) => {
      if (targetOf(exchange) === undefined) {
        await refuseSts(exchange, refusal);
        return;
      }
      const { exception, message, members } = refusal;
      const isRest = exchange.header('x-amz-target') === undefined;
      const status = ownProperty(isRest ? restStatuses : statuses, exception) ?? 400;
      await respond(exchange, status, { __type: exception, message, ...members });
    },
  };
}

const statuses: Readonly<Record<string, number>> = {
  ServerException: 500,
  ServiceUnavailableException: 503,
  RequestTooLarge: 413,
};

/** The statuses of the exceptions of Inspector (Inspector API, "Errors"). */
const restStatuses: Readonly<Record<string, number>> = {
  AccessDeniedException: 403,
  InternalServerException: 500,
  ThrottlingException: 429,
  UnrecognizedClientException: 403,
};

/** The service and the operation of the target header. */
interface Target {
  readonly service: Service | undefined;
  readonly name: string;
}

function targetOf(exchange: Exchange): Target | undefined {
  const [prefix, name = ''] = exchange.header('x-amz-target')?.split('.') ?? [];
  if (prefix === undefined) return targetOfPath(exchange.url.pathname);
  return { service: services.find(({ model }) => model.targetPrefix === prefix), name };
}

/** Returns the operation of a service that has a path for each, as Inspector does. */
function targetOfPath(path: string): Target | undefined {
  for (const service of services) {
    const found = Object.entries(service.model.operations).find(([, operation]) => operation.path === path);
    if (found !== undefined) return { service, name: found[0] };
  }
  return undefined;
}

async function respond(exchange: Exchange, status: number, body: unknown): Promise<void> {
  await exchange.send(
    status,
    { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': exchange.requestId },
    JSON.stringify(body),
  );
}

async function call(ecr: Ecr, exchange: Exchange, { service, name }: Target): Promise<unknown> {
  const { caller, region } = admit(ecr, exchange, service);
  const described = service && ownProperty(service.model.operations, name);
  const operation = service && ownProperty(service.operations, name);
  if (service === undefined || described === undefined || operation === undefined) {
    const known = described === undefined ? 'is not an operation' : 'is not emulated';
    throw new Refusal('UnknownOperationException', `${exchange.operation} ${known}`);
  }

  const { model } = service;
  const input = readInput(service, described.input, await exchange.bytes(maxInput));
  const location = locationOf(ecr, service, described.errors, { caller, region, input });
  const registry = authorizedRegistry(ecr, exchange, { caller, input, ...location });
  try {
    const output = await operation({ ecr, caller, registry, input } as Call<unknown> as Call<never>);
    return described.output === null ? {} : convert(model, described.output, output ?? {}, encoding);
  } catch (error) {
    if (error instanceof Refusal && ![...described.errors, ...commonErrors].includes(error.exception)) {
      throw new Error(`${exchange.operation} has no ${error.exception}`, { cause: error });
    }
    throw error;
  }
}

/** The errors of all operations (AWS API reference, "Common errors"). */
const commonErrors = ['AccessDeniedException', 'ValidationException'];

function admit(
  ecr: Ecr,
  exchange: Exchange,
  service: Service | undefined,
): { caller: Caller; region: string } {
  const { caller, region, service: signed } = identify(ecr, exchange);
  if (!(service?.region === undefined ? ecr.regions : [service.region]).includes(region)) {
    throw new Refusal('InvalidSignatureException', 'Credential should be scoped to a valid region. ');
  }
  if (service !== undefined && signed !== service.name) {
    throw new Refusal(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service.name}'. `,
    );
  }
  ecr.quotas.take(caller.account, region, exchange.operation);
  return { caller, region };
}

type Input = Readonly<Record<string, unknown>>;

function readInput({ model, refuse }: Service, shape: string, body: Buffer): Input {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal('SerializationException', `the body is not valid JSON: ${(error as Error).message}`);
  }
  try {
    return convert(model, shape, value, decoding) as Input;
  } catch (error) {
    if (error instanceof Mismatch) throw refuse(error);
    throw error;
  }
}

/** Operations that need other permissions than their own name (API references of both). */
const actionsInstead: Readonly<Record<string, readonly string[]>> = {
  'ecr:ListImageReferrers': ['ecr:BatchGetImage'],
  'ecr-public:GetAuthorizationToken': ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'],
};

/**
 * Returns the account and the region of the requested registry. A public registry has no region, and its id may be its
 * alias.
 *
 * @throws Refusal RegistryNotFoundException if the operation has this exception
 */
function locationOf(
  ecr: Ecr,
  { name }: Service,
  errors: readonly string[],
  { caller, region, input }: { caller: Caller; region: string; input: Input },
): RegistryLocation {
  const arn = typeof input.resourceArn === 'string' ? parseRepositoryArn(input.resourceArn) : undefined;
  const key = typeof input.KeyId === 'string' ? input.KeyId : '';
  const [, ofKey] = /^arn:[^:]+:kms:[^:]+:(\d{12}):/.exec(key) ?? [];
  const account = arn?.account ?? ofKey ?? (input.registryId as string | undefined) ?? caller.account;
  if (name !== 'ecr-public') return { account, region };
  const registry = ecr.publicRegistry(account);
  if (registry === undefined && errors.includes('RegistryNotFoundException'))
    throw new Refusal('RegistryNotFoundException', `The registry with id '${account}' does not exist`);
  return registry ?? { account, region: publicRegion };
}

/** Authorizes the caller and returns the requested registry. */
function authorizedRegistry(
  ecr: Ecr,
  exchange: Exchange,
  { caller, account, region, input }: RegistryLocation & { caller: Caller; input: Input },
): Call<unknown>['registry'] {
  const arn = typeof input.resourceArn === 'string' ? parseRepositoryArn(input.resourceArn) : undefined;
  const named = arn?.name ?? input.repositoryName;
  const listed = Array.isArray(input.repositoryNames) ? (input.repositoryNames as unknown[]) : [];
  const names = [...(named === undefined ? [] : [named]), ...listed].map(String);
  if (names[0] !== undefined) exchange.repository = names[0];
  const registry = ecr.registry({ account, region });
  const actions = ownProperty(actionsInstead, exchange.operation) ?? [exchange.operation];
  const parameter = input.Name as string | undefined;
  const key = input.KeyId as string | undefined;
  const request = { caller, account, region, registry, parameter, key, roles: ecr.roles };
  for (const action of actions)
    for (const repository of names.length > 0 ? names : [undefined])
      authorize({ ...request, action, repository });
  if (registry === undefined) throw new Error(`${account} has no registry in ${region}, but was authorized`);
  return registry;
}
