import type { PolicyStatementConfig, RegistrySettingsConfig } from '@towpath/config';
import { accountSetting, putRegistryPolicy, registryPolicy, type PrivateEcr } from '@towpath/ecr';
import { partitionOf } from '@towpath/reference';
import { sameStatements, statementsOf, withStatements, type Statement } from '../readers.ts';
import type { PrivateRegistryRef } from '../targets.ts';
import { differing, type Comparison, type RegistryContext } from './setting.ts';

/** Towpath owns the statements whose names start with this, and changes no others. */
const ownPrefix = 'Towpath';

/** The only actions to which a registry policy of scope V1 applies (ECR user guide, "Private registry permissions"). */
const actionsOfV1 = ['ecr:replicateimage', 'ecr:batchimportupstreamimage', 'ecr:createrepository'];

/** A registry policy has at most this number of characters (ECR API, PutRegistryPolicy). */
const maxLength = 10_240;

/** Compares Towpath's statements of the registry policy. */
export async function comparePolicy(
  context: RegistryContext,
  written: NonNullable<RegistrySettingsConfig['policy']>,
): Promise<Comparison> {
  const { registry, ecr, wanted } = context;
  const text = await registryPolicy(ecr);
  const value = Object.entries(written).map(([name, one]) => statementOf(name, one, registry));
  const before = statementsOf(text).filter(isOwn);
  const after = withStatements(text, value, isOwn);
  const isSame = sameStatements(value.map(sorted), before.map(sorted));
  const scope = wanted.policyScope ?? (await accountSetting(ecr, 'REGISTRY_POLICY_SCOPE'));
  return {
    changes: isSame
      ? []
      : [
          {
            registry,
            setting: 'policy',
            value,
            ...differing(before.map(statementText), value.map(statementText)),
            notes: [],
          },
        ],
    problems: [
      ...(scope === 'V1' ? Object.entries(written).flatMap(withoutEffect) : []),
      ...((after?.length ?? 0) > maxLength
        ? [
            {
              message: `The policy of ${registry.host} would have ${after?.length ?? 0} characters. ECR allows ${maxLength}.`,
              hint: 'Write fewer statements, for example one with several principals.',
            },
          ]
        : []),
    ],
    state: { policy: { text: isSame ? text : after, exists: text !== undefined } },
  };
}

function withoutEffect([name, { actions }]: readonly [string, PolicyStatementConfig]): {
  readonly message: string;
  readonly hint: string;
}[] {
  const ineffective = actions.filter((action) => !actionsOfV1.includes(action.toLowerCase()));
  if (ineffective.length === 0) return [];
  return [
    {
      message: `repositories.registry.policy.${name} has ${ineffective.join(', ')}, but the registry policy has the scope V1, which ignores these actions.`,
      hint: 'Write policy-scope: V2, too. It cannot be undone.',
    },
  ];
}

function statementOf(
  name: string,
  { effect, principals, actions, repositories, condition }: PolicyStatementConfig,
  { account, region }: PrivateRegistryRef,
): Statement {
  const partition = partitionOf(region).id;
  const arns = principals.map((one) => (/^\d{12}$/.test(one) ? `arn:${partition}:iam::${one}:root` : one));
  return {
    Sid: `${ownPrefix}${name}`,
    Effect: effect === 'deny' ? 'Deny' : 'Allow',
    Principal: principals.includes('*') ? '*' : { AWS: arns },
    Action: actions,
    Resource: repositories.map((one) => `arn:${partition}:ecr:${region}:${account}:repository/${one}`),
    ...(condition !== undefined && { Condition: condition }),
  };
}

function isOwn({ Sid }: Statement): boolean {
  return typeof Sid === 'string' && Sid.startsWith(ownPrefix);
}

/** The order of resources makes no difference, and a single one may be without a list. */
function sorted(statement: Statement): Statement {
  return { ...statement, Resource: [statement.Resource].flat().map(String).sort() };
}

function statementText({ Sid, Effect, Principal, Action, Resource, Condition }: Statement): string {
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
  const list = (value: unknown) => [value].flat().map(String).join(', ');
  return `${String(Sid)}: ${String(Effect)} ${JSON.stringify(Principal)} ${list(Action)} on ${list(Resource)}${condition}`;
}

/** Makes a change. Reads the policy again, because others may have changed their statements since the plan was made. */
export async function applyPolicy(ecr: PrivateEcr, value: readonly Statement[]): Promise<void> {
  await putRegistryPolicy(ecr, withStatements(await registryPolicy(ecr), value, isOwn));
}
