import type {
  GetParameterRequest,
  GetParameterResult,
  Parameter as ParameterOutput,
  PutParameterRequest,
  PutParameterResult,
} from '@aws-sdk/client-ssm';
import { parameterArn } from '../access/arn.ts';
import { Refusal } from '../refusal.ts';
import type { Registry } from '../registry/registry.ts';
import type { Parameter } from '../registry/settings.ts';
import type { Call, Operations } from './operation.ts';
import { ownProperty } from '../own-property.ts';

function getParameter(call: Call<GetParameterRequest>): GetParameterResult {
  const { registry, input } = call;
  const name = nameOf(call, input.Name);
  const parameter = ownProperty(registry.settings.parameters, name);
  if (parameter === undefined) throw new Refusal('ParameterNotFound', '');
  return { Parameter: describe(registry, name, parameter) };
}

async function putParameter({
  ecr,
  registry,
  input,
}: Call<PutParameterRequest>): Promise<PutParameterResult> {
  const existing = ownProperty(registry.settings.parameters, input.Name);
  if (existing !== undefined && input.Overwrite !== true) {
    throw new Refusal(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const type = input.Type ?? existing?.type;
  if (type === undefined) {
    throw new Refusal('ValidationException', 'A parameter type is required when you create a parameter.');
  }
  const parameter: Parameter = {
    type,
    value: input.Value,
    version: (existing?.version ?? 0) + 1,
    modifiedAt: ecr.clock.now(),
  };
  await registry.configure((settings) => ({
    ...settings,
    parameters: { ...settings.parameters, [input.Name]: parameter },
  }));
  return { Version: parameter.version, Tier: 'Standard' };
}

/** The operations of SSM for parameters with the address of a registry. */
export const parameters: Operations = { GetParameter: getParameter, PutParameter: putParameter };

/** Returns the name of a parameter, given its name or ARN. Parameters of other accounts are never shared. */
function nameOf({ caller, registry }: Call<unknown>, nameOrArn: string): string {
  const arn = /^arn:aws[a-z-]*:ssm:(?<region>[^:]+):(?<account>\d{12}):parameter(?<name>\/.+)$/.exec(
    nameOrArn,
  )?.groups;
  if (arn === undefined) return nameOrArn;
  if (arn.account !== registry.account || arn.region !== registry.region) {
    throw new Refusal(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: ssm:GetParameter on resource: ${nameOrArn} because no resource-based policy allows the ssm:GetParameter action`,
    );
  }
  return arn.name ?? '';
}

function describe(registry: Registry, name: string, parameter: Parameter): ParameterOutput {
  return {
    Name: name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: new Date(parameter.modifiedAt),
    ARN: parameterArn(registry, name),
    DataType: 'text',
  };
}
