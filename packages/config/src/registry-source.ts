import { parseRegistry, type Registry } from '@towpath/reference';

/**
 * The source of the registry. `caller` is the default registry of the account and region of the AWS
 * credentials. In the name of a parameter, `{environment}` becomes the environment name, or `build` for
 * `publish`.
 */
export type RegistrySource =
  | { readonly kind: 'literal'; readonly registry: Registry }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'caller' };

const parameterName = /^ssm:(?<name>\/?(?:[\w./-]|\{environment\})+)$/;

/** The form that {@link parseRegistrySource} accepts, for messages. */
export const registrySourceForm =
  'an ECR registry such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/prefix or public.ecr.aws/alias/prefix, or ssm:/name/of/a/parameter';

/** Parses a registry, or `ssm:` and the name of the parameter that holds it. Returns undefined for other texts. */
export function parseRegistrySource(text: string): RegistrySource | undefined {
  const { name } = parameterName.exec(text)?.groups ?? {};
  if (name !== undefined) return { kind: 'parameter', name };
  const registry = parseRegistry(text);
  return registry === undefined ? undefined : { kind: 'literal', registry };
}
