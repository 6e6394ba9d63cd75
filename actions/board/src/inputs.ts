import { count, flag, list, optional, readInputs, text, withDefault } from '@towpath/flow';
import type { CommonInputs } from '@towpath/flow';
import { parsePrivateRegistry, type PrivateRegistry } from '@towpath/reference';

/** What can be compared with the ledger. */
export type Aspect = 'tags' | 'lifecycle' | 'gate';
export type RuntimeKind = 'ecs' | 'lambda';

/** A registry to read, or one prefix of it. */
export interface GivenRegistry {
  readonly registry: PrivateRegistry;
  readonly role: string | undefined;
}

export interface BoardInputs extends CommonInputs {
  /** Empty: the registries of the configuration. */
  readonly registries: readonly GivenRegistry[];
  readonly observe: readonly Aspect[];
  readonly runtimes: readonly RuntimeKind[];
  readonly maxCalls: number;
  readonly folder: string | undefined;
  readonly config: string | undefined;
  readonly region: string | undefined;
}

const aspects: readonly Aspect[] = ['tags', 'lifecycle', 'gate'];
const runtimeKinds: readonly RuntimeKind[] = ['ecs', 'lambda'];

export const inputs = readInputs(
  {
    registries: withDefault(list, []),
    observe: withDefault(list, ['tags']),
    runtime: withDefault(list, []),
    'max-calls': withDefault(count, 90),
    folder: optional(text),
    config: optional(text),
    region: optional(text),
    'dry-run': withDefault(flag, false),
    'plan-out': optional(text),
  },
  (values, problem): BoardInputs => {
    const chosen = <T extends string>(name: string, given: readonly string[], valid: readonly T[]): T[] => {
      for (const one of given.filter((word) => !valid.includes(word as T)))
        problem(`Input ${name} has ${JSON.stringify(one)}.`, `Valid: ${valid.join(', ')}.`);
      return valid.filter((one) => given.includes(one));
    };
    const isNothing = values.observe.length === 1 && values.observe[0] === 'none';
    return {
      registries: values.registries.flatMap((line) => {
        const given = parseGiven(line);
        if (given === undefined)
          problem(
            `Input registries has ${JSON.stringify(line)}, which is not a private ECR registry.`,
            'Write one registry a line: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll, and after a space the ARN of a role if it needs one.',
          );
        return given ?? [];
      }),
      observe: isNothing ? [] : chosen('observe', values.observe, aspects),
      runtimes: chosen('runtime', values.runtime, runtimeKinds),
      maxCalls: values['max-calls'],
      folder: values.folder,
      config: values.config,
      region: values.region,
      dryRun: values['dry-run'],
      planOut: values['plan-out'],
    };
  },
);

function parseGiven(line: string): GivenRegistry | undefined {
  const [uri = '', role, ...rest] = line.split(/\s+/);
  const registry = parsePrivateRegistry(uri);
  if (registry === undefined || rest.length > 0) return undefined;
  if (role !== undefined && !/^arn:[\w-]+:iam::\d{12}:role\/\S+$/.test(role)) return undefined;
  return { registry, role };
}
