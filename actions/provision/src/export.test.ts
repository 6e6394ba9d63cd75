import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportFiles } from './export.ts';
import { provisioning, scenario, writesOf } from './harness/team.ts';
import { full, plain } from './harness/states.ts';
import { providerSchema, resourceProblems } from './harness/terraform/schema.ts';
import type { RepositoryState } from './state.ts';

function exported(
  format: 'terraform' | 'cloudformation',
  ...states: RepositoryState[]
): Record<string, unknown> {
  return Object.assign(
    {},
    ...exportFiles(format, states).map(({ text }) => JSON.parse(text) as object),
  ) as Record<string, unknown>;
}

describe('for Terraform', () => {
  test('every setting has its attribute, and repositories that exist are imported', () => {
    expect(exported('terraform', full, plain)).toEqual({
      resource: {
        aws_ecr_repository: {
          payroll__web: {
            name: 'payroll/web',
            image_tag_mutability: 'IMMUTABLE_WITH_EXCLUSION',
            image_tag_mutability_exclusion_filter: [{ filter: 'latest', filter_type: 'WILDCARD' }],
            image_scanning_configuration: { scan_on_push: true },
            encryption_configuration: {
              encryption_type: 'KMS',
              kms_key: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
            },
            tags: { team: 'a $${b} %%{c}' },
            lifecycle: { prevent_destroy: true },
          },
          'payroll__web-2': {
            name: 'payroll/web-2',
            image_tag_mutability: 'MUTABLE',
            image_scanning_configuration: { scan_on_push: false },
            encryption_configuration: { encryption_type: 'AES256' },
            lifecycle: { prevent_destroy: true },
          },
        },
        aws_ecr_lifecycle_policy: {
          payroll__web: { repository: '${aws_ecr_repository.payroll__web.name}', policy: full.lifecycle },
        },
        aws_ecr_repository_policy: {
          payroll__web: { repository: '${aws_ecr_repository.payroll__web.name}', policy: full.policy },
        },
      },
      import: [{ to: 'aws_ecr_repository.payroll__web', id: 'payroll/web' }],
    });
  });

  test('the import blocks are in a file of their own, which is missing if no repository exists', () => {
    const names = (...states: RepositoryState[]) => exportFiles('terraform', states).map(({ name }) => name);
    expect(names(full, plain)).toEqual([
      'towpath-111122223333-us-east-1.tf.json',
      'towpath-111122223333-us-east-1-import.tf.json',
    ]);
    expect(names(plain)).toEqual(['towpath-111122223333-us-east-1.tf.json']);
  });

  test('the resources have arguments of the AWS provider, and all of them except those for deletion', () => {
    const { resource } = exported('terraform', full, plain) as {
      resource: Record<string, Record<string, object>>;
    };
    const bodies = Object.entries(resource).flatMap(([type, named]) =>
      Object.values(named).map((body) => ({ type, body })),
    );
    expect(bodies.flatMap(({ type, body }) => resourceProblems(type, body))).toEqual([]);
    for (const type of Object.keys(resource)) {
      const written = new Set(bodies.flatMap((one) => (one.type === type ? Object.keys(one.body) : [])));
      const left = Object.keys(providerSchema.resources[type] ?? {}).filter((name) => !written.has(name));
      const ignored = ['id', 'region', 'tags_all', 'force_delete', 'timeouts'];
      expect(left.filter((name) => !ignored.includes(name))).toEqual([]);
    }
  });

  test.each<{ key: string; kmsKey: string; data: object | undefined }>([
    {
      key: 'alias/team/Images',
      kmsKey: '${data.aws_kms_alias.alias__team__images.target_key_arn}',
      data: { aws_kms_alias: { alias__team__images: { name: 'alias/team/Images' } } },
    },
    {
      key: '1234abcd-12ab-34cd-56ef-1234567890ab',
      kmsKey: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      data: undefined,
    },
  ])('a new repository has the ARN of the key $key, so that it is not replaced', ({ key, kmsKey, data }) => {
    const text = exported('terraform', { ...plain, encryption: { type: 'KMS', key } });
    expect(text.data).toEqual(data);
    expect(text.resource).toMatchObject({
      aws_ecr_repository: { 'payroll__web-2': { encryption_configuration: { kms_key: kmsKey } } },
    });
  });
});

describe('for CloudFormation', () => {
  test('repositories are retained, and a note has the command to import those that exist', () => {
    expect(exported('cloudformation', full, plain)).toMatchObject({
      Resources: {
        RepositoryPayrollWeb: {
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
          Properties: {
            RepositoryName: 'payroll/web',
            RepositoryPolicyText: { Statement: [{ Sid: 'TowpathReaders' }] },
            LifecyclePolicy: { LifecyclePolicyText: full.lifecycle },
            Tags: [{ Key: 'team', Value: 'a ${b} %{c}' }],
          },
        },
      },
    });
    const [file] = exportFiles('cloudformation', [full]);
    expect(file?.notes.join()).toContain('--change-set-type IMPORT');
  });

  test('names with other separators have other identifiers', () => {
    const names = ['a/b', 'a-b', 'a.b', 'a_b', 'ab', 'a/b-c', 'a-b/c'];
    const states = names.map((name) => ({ ...plain, name }));
    for (const format of ['terraform', 'cloudformation'] as const) {
      const text = exportFiles(format, states)[0]?.text ?? '';
      const ids =
        text.match(format === 'terraform' ? /"[a-z_-]+": \{\n {8}"name"/g : /"Repository\w+": \{/g) ?? [];
      expect(new Set(ids).size).toBe(names.length);
    }
  });
});

test('the plan writes the state after its changes, and changes nothing', async () => {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web', 'MUTABLE');
  const settings = 'repositories: { immutability: immutable, lifecycle: { keep: 3 } }';
  const given = { mode: 'plan', export: 'terraform', 'export-folder': 'infra' };
  const ending = await provisioning(scene, settings, { given });
  expect(ending.green).toBe(true);
  expect(writesOf(ending).filter((operation) => !operation.includes('Preview'))).toEqual([]);
  const written = ['', '-import'].map((part) => {
    const name = `infra/towpath-111122223333-us-east-1${part}.tf.json`;
    return JSON.parse(readFileSync(join(ending.workspace, name), 'utf8')) as object;
  });
  expect(Object.assign({}, ...written)).toMatchObject({
    resource: {
      aws_ecr_repository: { payroll__web: { image_tag_mutability: 'IMMUTABLE' } },
      aws_ecr_lifecycle_policy: { payroll__web: {} },
    },
    import: [{ id: 'payroll/web' }],
  });
});
