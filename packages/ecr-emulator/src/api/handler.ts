import { authorize } from '../access/authorize.ts';
import { parseRepositoryArn } from '../access/arn.ts';
import type { Caller } from '../access/caller.ts';
import { parseSignature } from '../access/signature.ts';
import type { Ecr } from '../ecr.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Handler } from '../http/server.ts';
import { Refusal } from '../refusal.ts';
import { invalidParameter } from '../registry/words.ts';
import { authorizationTokens } from './authorization-tokens.ts';
import { creationTemplates } from './creation-templates.ts';
import { images } from './images.ts';
import { layers } from './layers.ts';
import { lifecycle } from './lifecycle.ts';
import { convert, decoding, encoding, Mismatch, readModel, type Model } from './model.ts';
import type { Call, Operations } from './operation.ts';
import { parameters } from './parameters.ts';
import { pullThrough } from './pull-through.ts';
import { referrers } from './referrers.ts';
import { registrySettings } from './registry-settings.ts';
import { replication } from './replication.ts';
import { repositories } from './repositories.ts';
import { repositoryPolicies } from './repository-policies.ts';
import { scanning } from './scanning.ts';
import { sts } from './sts.ts';

/** A service behind the API's port. */
interface Service {
  /** As signatures and policies name it. */
  readonly name: 'ecr' | 'ssm';
  readonly model: Model;
  readonly operations: Operations;
}

const services: readonly Service[] = [
  {
    name: 'ecr',
    model: readModel('ecr'),
    operations: {
      ...authorizationTokens,
      ...creationTemplates,
      ...images,
      ...layers,
      ...lifecycle,
      ...pullThrough,
      ...referrers,
      ...registrySettings,
      ...repositories,
      ...replication,
      ...repositoryPolicies,
      ...scanning,
    },
  },
  { name: 'ssm', model: readModel('ssm'), operations: parameters },
];

/** The largest input is a layer part of 20 MiB in base64. */
const maxInput = 32 * 1024 * 1024;

/** The AWS API: JSON 1.1 for ECR and SSM, the query protocol for STS. */
export function apiHandler(ecr: Ecr): Handler {
  return async (exchange) => {
    const target = exchange.header('x-amz-target');
    if (target === undefined) {
      await sts(ecr, exchange);
      return;
    }
    try {
      const output = await call(ecr, exchange, target);
      respond(exchange, 200, output);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      exchange.error = error.exception;
      respond(exchange, error.exception === 'ServerException' ? 500 : 400, {
        __type: error.exception,
        message: error.message,
        ...error.members,
      });
    }
  };
}

function respond(exchange: Exchange, status: number, body: unknown): void {
  exchange.send(
    status,
    { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': exchange.requestId },
    JSON.stringify(body),
  );
}

async function call(ecr: Ecr, exchange: Exchange, target: string): Promise<unknown> {
  const [prefix, name = ''] = target.split('.');
  const service = services.find(({ model }) => model.targetPrefix === prefix);
  if (service === undefined)
    throw new Refusal('UnknownOperationException', `no service answers to ${target}`);
  exchange.operation = `${service.name}:${name}`;
  const { caller, region } = identify(ecr, exchange, service.name);
  const { model, operations } = service;
  const described = model.operations[name];
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (described === undefined || operation === undefined) {
    const known = described === undefined ? 'is no operation' : 'is not emulated';
    throw new Refusal('UnknownOperationException', `${service.name}:${name} ${known}`);
  }

  const input = readInput(model, described.input, await exchange.bytes(maxInput));
  const registry = permitted(ecr, exchange, { caller, region, input });
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

/** Every operation can end so (AWS API reference, "Common errors"). */
const commonErrors = ['AccessDeniedException', 'ThrottlingException', 'RequestTooLarge'];

function identify(ecr: Ecr, exchange: Exchange, service: string): { caller: Caller; region: string } {
  const signature = parseSignature(exchange.header('authorization'));
  const caller = ecr.callerOf(signature.accessKeyId, signature.region);
  if (caller === undefined) {
    throw new Refusal(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    );
  }
  exchange.account = caller.account;
  if (!ecr.hasRegion(signature.region)) {
    throw new Refusal('InvalidSignatureException', 'Credential should be scoped to a valid region. ');
  }
  if (signature.service !== service) {
    throw new Refusal(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${service}'. `,
    );
  }
  return { caller, region: signature.region };
}

type Input = Readonly<Record<string, unknown>>;

function readInput(model: Model, shape: string, body: Buffer): Input {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refusal('SerializationException', `the body is no JSON: ${(error as Error).message}`);
  }
  try {
    return convert(model, shape, value, decoding) as Input;
  } catch (error) {
    if (error instanceof Mismatch) throw invalidParameter(error.path, error.message);
    throw error;
  }
}

/** The registry that the input is about, once it is certain that the caller may do there what is asked. */
function permitted(
  ecr: Ecr,
  exchange: Exchange,
  { caller, region, input }: { caller: Caller; region: string; input: Input },
): Call<unknown>['registry'] {
  const arn = typeof input.resourceArn === 'string' ? parseRepositoryArn(input.resourceArn) : undefined;
  const account = arn?.account ?? (input.registryId as string | undefined) ?? caller.account;
  const named = arn?.name ?? input.repositoryName;
  const listed = Array.isArray(input.repositoryNames) ? (input.repositoryNames as unknown[]) : [];
  const names = [...(named === undefined ? [] : [named]), ...listed].map(String);
  if (names[0] !== undefined) exchange.repository = names[0];
  const registry = ecr.registry({ account, region });
  const wish = { caller, action: exchange.operation, account, region, registry };
  for (const repository of names.length > 0 ? names : [undefined]) authorize({ ...wish, repository });
  if (registry === undefined) throw new Error(`${account} in ${region} was let pass`);
  return registry;
}
