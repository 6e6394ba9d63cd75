import { isAlias, keyArn } from './encryption.ts';
import { cloudformationRegistry } from './registry/export-cloudformation.ts';
import { terraformRegistry } from './registry/export-terraform.ts';
import type { RegistryState } from './registry/setting.ts';
import type { PrivateRegistryRef } from './targets.ts';
import type { RepositoryState } from './state.ts';

/** The tools for which `provision` writes its state as code. */
export type ExportFormat = 'terraform' | 'cloudformation';

/** A file with the repositories of one registry. */
export interface ExportFile {
  /** The name of the file, without its folder. */
  readonly name: string;
  readonly text: string;
  /** How to take over what exists. */
  readonly notes: readonly string[];
  /** The settings that the tool cannot express, so that they are not in the file. */
  readonly missing: readonly string[];
}

/** A registry and its managed settings. */
export interface ExportedRegistry {
  readonly registry: PrivateRegistryRef;
  readonly state: RegistryState;
}

/** Returns the files of each registry. */
export function exportFiles(
  format: ExportFormat,
  states: readonly RepositoryState[],
  settings?: ExportedRegistry,
): readonly ExportFile[] {
  const keyOf = ({ account, region }: PrivateRegistryRef) => `${account}-${region}`;
  const registries = [...states.map(({ registry }) => registry), ...(settings ? [settings.registry] : [])];
  return [...new Map(registries.map((one) => [keyOf(one), one]))].flatMap(([key, registry]) => {
    const group = states.filter((one) => keyOf(one.registry) === key);
    const state = settings !== undefined && keyOf(settings.registry) === key ? settings.state : {};
    const { text, imports, notes, missing, extension } = formats[format](group, registry, state);
    return [
      { name: `towpath-${key}.${extension}`, text: toJson(text), notes, missing },
      ...(imports === undefined
        ? []
        : [{ name: `towpath-${key}-import.${extension}`, text: toJson(imports), notes: [], missing: [] }]),
    ];
  });
}

function toJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

interface Exported {
  readonly text: object;
  /** What takes over resources that exist, if it is a file of its own. */
  readonly imports?: object;
  readonly extension: string;
  readonly notes: readonly string[];
  readonly missing: readonly string[];
}

const formats = { terraform, cloudformation };

/** Terraform also reads JSON (Terraform language, "JSON Configuration Syntax"). Its providers differ by account. */
function terraform(
  states: readonly RepositoryState[],
  registry: PrivateRegistryRef,
  state: RegistryState,
): Exported {
  const named = states.map((state) => ({ state, id: identifier(state.name, '_') }));
  const only = <T>(values: readonly (readonly [string, T | undefined])[]): Record<string, T> =>
    Object.fromEntries(values.flatMap(([id, value]) => (value === undefined ? [] : [[id, value]])));
  const repository = (id: string) => `\${aws_ecr_repository.${id}.name}`;
  const policies = (key: 'lifecycle' | 'policy') =>
    only(
      named.map(({ state, id }) => {
        const text = state[key];
        return [
          id,
          text === undefined ? undefined : { repository: repository(id), policy: literal(text) },
        ] as const;
      }),
    );
  const [lifecycles, readers] = [policies('lifecycle'), policies('policy')];
  const aliases = Object.fromEntries(
    named.flatMap(({ state }) => aliasOf(state) ?? []).map((name) => [aliasId(name), { name }]),
  );
  const { resources, imports, missing } = terraformRegistry(registry, state, literal);
  const existing = [
    ...named
      .filter(({ state }) => state.exists)
      .map(({ state, id }) => ({ to: `aws_ecr_repository.${id}`, id: state.name })),
    ...imports,
  ];
  return {
    extension: 'tf.json',
    notes: [],
    missing,
    // Import blocks are needed once. Checkov reads no file that has them.
    ...(existing.length > 0 && { imports: { import: existing } }),
    text: {
      // Terraform ignores this key (Terraform language, "JSON Configuration Syntax").
      ...(missing.length > 0 && { '//': `Terraform cannot express: ${missing.join('; ')}` }),
      ...(Object.keys(aliases).length > 0 && { data: { aws_kms_alias: aliases } }),
      resource: {
        aws_ecr_repository: only(named.map(({ state, id }) => [id, terraformRepository(state)] as const)),
        ...(Object.keys(lifecycles).length > 0 && { aws_ecr_lifecycle_policy: lifecycles }),
        ...(Object.keys(readers).length > 0 && { aws_ecr_repository_policy: readers }),
        ...resources,
      },
    },
  };
}

/** Returns the name of the alias that a new repository is created with. Repositories that exist have the ARN of the key. */
function aliasOf({ encryption }: RepositoryState): string | undefined {
  const key = 'key' in encryption ? encryption.key : undefined;
  return key !== undefined && isAlias(key) ? key.replace(/^arn:.*?:(?=alias\/)/, '') : undefined;
}

function aliasId(alias: string): string {
  return identifier(alias.toLowerCase(), '_');
}

/** Terraform would replace a repository whose key is not written as the ARN that ECR returns. */
function terraformKey(state: RepositoryState): string | undefined {
  const alias = aliasOf(state);
  if (alias !== undefined) return `\${data.aws_kms_alias.${aliasId(alias)}.target_key_arn}`;
  const { encryption, registry } = state;
  return 'key' in encryption && encryption.key !== undefined ? keyArn(registry, encryption.key) : undefined;
}

function terraformRepository(state: RepositoryState): object {
  const { name, mutability, exclusions, scanOnPush, encryption, tags } = state;
  const key = terraformKey(state);
  return {
    name,
    image_tag_mutability: mutability,
    ...(exclusions.length > 0 && {
      image_tag_mutability_exclusion_filter: exclusions.map((filter) => ({
        filter,
        filter_type: 'WILDCARD',
      })),
    }),
    image_scanning_configuration: { scan_on_push: scanOnPush },
    encryption_configuration: {
      encryption_type: encryption.type,
      ...(key !== undefined && { kms_key: key }),
    },
    ...(tags !== undefined && {
      tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, literal(value)])),
    }),
    lifecycle: { prevent_destroy: true },
  };
}

/** Terraform evaluates `${…}` and `%{…}` in every text. */
function literal(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}

function cloudformation(
  states: readonly RepositoryState[],
  registry: PrivateRegistryRef,
  state: RegistryState,
): Exported {
  const { region, account } = registry;
  const { resources, imports, missing } = cloudformationRegistry(registry, state);
  const named = states.map((state) => [`Repository${identifier(state.name, '')}`, state] as const);
  const existing = named.filter(([, { exists }]) => exists);
  const imported = [
    ...existing.map(([LogicalResourceId, { name }]) => ({
      ResourceType: 'AWS::ECR::Repository',
      LogicalResourceId,
      ResourceIdentifier: { RepositoryName: name },
    })),
    ...imports,
  ];
  return {
    extension: 'template.json',
    notes: [
      ...(imported.length === 0
        ? []
        : [
            `To take over what exists in ${account}, run: aws cloudformation create-change-set --region ${region} --stack-name repositories --change-set-name import --change-set-type IMPORT --resources-to-import '${JSON.stringify(imported)}' --template-body file://FILE`,
          ]),
    ],
    missing,
    text: {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: 'Repositories of Amazon ECR, written by Towpath',
      ...(missing.length > 0 && { Metadata: { CloudFormationCannotExpress: missing } }),
      Resources: {
        ...Object.fromEntries(named.map(([id, state]) => [id, cloudformationRepository(state)])),
        ...resources,
      },
    },
  };
}

function cloudformationRepository(state: RepositoryState): object {
  const { name, mutability, exclusions, scanOnPush, encryption, tags = {}, lifecycle, policy } = state;
  return {
    Type: 'AWS::ECR::Repository',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      RepositoryName: name,
      ImageTagMutability: mutability,
      ...(exclusions.length > 0 && {
        ImageTagMutabilityExclusionFilters: exclusions.map((filter) => ({
          ImageTagMutabilityExclusionFilterType: 'WILDCARD',
          ImageTagMutabilityExclusionFilterValue: filter,
        })),
      }),
      ImageScanningConfiguration: { ScanOnPush: scanOnPush },
      EncryptionConfiguration: {
        EncryptionType: encryption.type,
        ...('key' in encryption && { KmsKey: encryption.key }),
      },
      ...(lifecycle !== undefined && { LifecyclePolicy: { LifecyclePolicyText: lifecycle } }),
      ...(policy !== undefined && { RepositoryPolicyText: JSON.parse(policy) as unknown }),
      ...(Object.keys(tags).length > 0 && {
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    },
  };
}

/** Returns an identifier for a repository: names with other separators get different identifiers. */
function identifier(name: string, separator: '_' | ''): string {
  const words = name.split(/[^a-z0-9]+/);
  if (separator === '_') return name.replace(/[/.]/g, (found) => (found === '/' ? '__' : '_dot_'));
  const suffix = name.replace(/[a-z0-9]/g, '').replace(/./g, (found) => found.charCodeAt(0).toString(16));
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}${suffix.replace(/^(?:2f)*$/, '')}`;
}
