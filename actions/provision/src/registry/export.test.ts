import { describe, expect, test } from '@jest/globals';
import { exportFiles, type ExportFile } from '../export.ts';
import { exportedRegistry, plain, settings, withDeletions } from '../harness/states.ts';
import { provisioning, scenario } from '../harness/team.ts';
import { providerSchema, resourceProblems } from '../harness/terraform/schema.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RegistryState } from './setting.ts';

function fileOf(format: 'terraform' | 'cloudformation', state: RegistryState): ExportFile {
  const [file] = exportFiles(format, [plain], exportedRegistry(state));
  if (file === undefined) throw new Error('no file');
  return file;
}

interface Terraform {
  readonly '//'?: string;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

describe('for Terraform', () => {
  const { resource } = JSON.parse(fileOf('terraform', settings).text) as Terraform;

  const types = Object.keys(providerSchema.resources).filter(
    (type) => !/^aws_ecr_(?:repository|lifecycle_policy|repository_policy)$/.test(type),
  );

  test.each(types)('%s has arguments of the AWS provider, and all of them', (type) => {
    const bodies = Object.values(resource[type] ?? {});
    expect(bodies.flatMap((body) => resourceProblems(type, body))).toEqual([]);
    const written = new Set(bodies.flatMap((body) => Object.keys(body)));
    const left = Object.keys(providerSchema.resources[type] ?? {}).filter((name) => !written.has(name));
    // The id is computed, and the region is that of the provider.
    expect(left.filter((name) => !['id', 'region'].includes(name))).toEqual([]);
    for (const body of bodies) expect(body.lifecycle).toEqual({ prevent_destroy: true });
  });

  test('a registry without replication and filters has valid resources', () => {
    const empty = { replication: [], scanning: { type: 'BASIC' as const, onPush: [], continuous: [] } };
    const file = JSON.parse(fileOf('terraform', empty).text) as Terraform;
    const problems = Object.entries(file.resource).flatMap(([type, bodies]) =>
      Object.values(bodies).flatMap((body) => resourceProblems(type, body)),
    );
    expect(problems).toEqual([]);
  });

  test('each setting has its values, and texts are not evaluated', () => {
    expect(resource).toMatchObject({
      aws_ecr_account_setting: { blob_mounting: { name: 'BLOB_MOUNTING', value: 'ENABLED' } },
      aws_ecr_registry_scanning_configuration: {
        registry: {
          scan_type: 'ENHANCED',
          rule: [
            {
              scan_frequency: 'SCAN_ON_PUSH',
              repository_filter: [{ filter: 'payroll/*', filter_type: 'WILDCARD' }],
            },
            { scan_frequency: 'CONTINUOUS_SCAN' },
          ],
        },
      },
      aws_ecr_replication_configuration: {
        registry: {
          replication_configuration: {
            rule: [
              {
                destination: [{ region: 'us-west-2', registry_id: '444455556666' }],
                repository_filter: [{ filter: 'payroll/', filter_type: 'PREFIX_MATCH' }],
              },
              { destination: [{ region: 'eu-west-1', registry_id: '111122223333' }] },
            ],
          },
        },
      },
      aws_ecr_pull_through_cache_rule: {
        'docker-hub': { upstream_registry_url: 'registry-1.docker.io' },
        ROOT: { ecr_repository_prefix: 'ROOT' },
      },
      aws_ecr_repository_creation_template: { ROOT: { description: 'for $${all}' }, team__a: {} },
    });
  });

  test('what exists is imported', () => {
    const [, file] = exportFiles('terraform', [plain], exportedRegistry(settings));
    const { import: imports } = JSON.parse(file?.text ?? '') as { import: unknown };
    expect(imports).toEqual([
      { to: 'aws_ecr_account_setting.blob_mounting', id: 'BLOB_MOUNTING' },
      { to: 'aws_ecr_account_setting.registry_policy_scope', id: 'REGISTRY_POLICY_SCOPE' },
      { to: 'aws_ecr_registry_scanning_configuration.registry', id: '111122223333' },
      {
        to: 'aws_ecr_pull_time_update_exclusion.team__scanner',
        id: 'arn:aws:iam::111122223333:role/team/scanner',
      },
      { to: 'aws_ecr_repository_creation_template.ROOT', id: 'ROOT' },
      { to: 'aws_ecr_pull_through_cache_rule.docker-hub', id: 'docker-hub' },
      { to: 'aws_ecr_replication_configuration.registry', id: '111122223333' },
    ]);
  });

  test('signing and the replication of deletions are listed as missing, also in the file', () => {
    const { missing, text } = fileOf('terraform', withDeletions);
    expect(missing).toEqual([
      'the signing rule of arn:aws:signer:us-east-1:111122223333:/signing-profiles/images for payroll/*',
      'the replication of deletions of payroll/, which Terraform would switch off',
      'the replication of deletions of all repositories, which Terraform would switch off',
    ]);
    expect((JSON.parse(text) as Terraform)['//']).toContain('Terraform cannot express: the signing rule');
  });
});

describe('for CloudFormation', () => {
  test('each setting is a resource that is retained, and what exists is imported', () => {
    const { text, notes } = fileOf('cloudformation', withDeletions);
    const { Resources } = JSON.parse(text) as {
      Resources: Readonly<Record<string, { Type: string; DeletionPolicy: string; Properties: object }>>;
    };
    expect(new Set(Object.values(Resources).map(({ DeletionPolicy }) => DeletionPolicy))).toEqual(
      new Set(['Retain']),
    );
    expect(Resources).toMatchObject({
      RegistryReplication: {
        Type: 'AWS::ECR::ReplicationConfiguration',
        Properties: { ReplicationConfiguration: { Rules: [{ DeleteReplication: { Enabled: true } }, {}] } },
      },
      RegistrySigning: { Type: 'AWS::ECR::SigningConfiguration' },
      RegistryPolicy: { Properties: { PolicyText: { Statement: [{ Sid: 'TowpathReplicas' }] } } },
      RegistryScanning: { Properties: { ScanType: 'ENHANCED' } },
      TemplateROOT: { Properties: { Prefix: 'ROOT', CustomRoleArn: expect.any(String) as unknown } },
      PullThroughDockerHub2d: { Properties: { UpstreamRegistryUrl: 'registry-1.docker.io' } },
    });
    const imported = /--resources-to-import '(?<list>.*)' --template-body/.exec(notes.join())?.groups?.list;
    const ids = (JSON.parse(imported ?? '') as { LogicalResourceId: string }[]).map(
      ({ LogicalResourceId }) => LogicalResourceId,
    );
    expect(ids).toContain('RegistryReplication');
    expect(ids).not.toContain('RegistryPolicy');
  });

  test('account settings are listed as missing, also in the file', () => {
    const { missing, text } = fileOf('cloudformation', settings);
    expect(missing).toEqual([
      'the account setting BLOB_MOUNTING: ENABLED',
      'the account setting REGISTRY_POLICY_SCOPE: V2',
    ]);
    expect(JSON.parse(text)).toMatchObject({ Metadata: { CloudFormationCannotExpress: missing } });
  });
});

test('the plan warns about each setting that the tool cannot express, and exports rules of others, too', async () => {
  const scene = await scenario({ regions: ['us-east-1', 'us-west-2'] });
  await scene.shared.replicateTo(scene.prod);
  const text =
    'repositories: { registry: { blob-mounting: true, replication: [{ to: [us-west-2], repositories: [payroll/], deletions: true }] } }';
  const ending = await provisioning(scene, text, { given: { mode: 'plan', export: 'terraform' } });
  const messages = ending.annotations.map(({ level, message }) => `${level}: ${message}`);
  expect(messages).toEqual([
    'warning: towpath-111122223333-us-east-1.tf.json does not have the replication of deletions of payroll/, which Terraform would switch off: the tool cannot express it. Keep it in towpath.yaml.',
  ]);
  expect(ending.summaries.join()).toContain('because the tool cannot express it');
  const file = join(ending.workspace, 'towpath-111122223333-us-east-1.tf.json');
  const { resource } = JSON.parse(readFileSync(file, 'utf8')) as Terraform;
  expect(resource.aws_ecr_replication_configuration).toMatchObject({
    registry: {
      replication_configuration: { rule: [{ destination: [{ registry_id: '444455556666' }] }, {}] },
    },
  });
});
