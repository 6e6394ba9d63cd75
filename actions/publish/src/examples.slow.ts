import { describe, expect, jest, test } from '@jest/globals';
import { isUsable, output, scenario, temporaryFolder, testWith, writeFiles } from '@towpath/testing';
import { cpSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { publish } from './action.ts';

/** Tests that the deployment tools accept the examples, with the files that `publish` writes. */

jest.setTimeout(120_000);

/** Publishes an image web with deployment files into a folder of a workspace that has the examples. */
async function published(examples: string, folder: string) {
  const scene = await scenario();
  await scene.shared.createRepository('payroll/web');
  const files = { 'towpath.yaml': `registry: ${scene.shared.host}/payroll\nimages: { web: {} }\n` };
  const given = { version: '1.4.0', 'deployment-files': folder };
  const ending = await scene.play(publish, { files, given, imageSet: [{ name: 'web' }] });
  expect(ending.codes).toEqual([]);
  cpSync(`examples/${examples}`, join(ending.workspace, examples), { recursive: true });
  return ending;
}

describe('cfn-lint', () => {
  const folder = process.env.TOWPATH_CFN_LINT ?? '';
  const withLint = testWith('cfn-lint', ['test', '-d', join(folder, 'cfnlint')]);
  // Without the installed packages of Python, of which some machines have an older cfn-lint.
  const lint = (...files: string[]) =>
    output(['python3', '-S', join(folder, 'bin', 'cfn-lint'), ...files], { env: { PYTHONPATH: folder } });
  const templates = globSync([
    ...['examples/*/template.yaml', 'examples/cloudformation/*.yaml', 'examples/codepipeline/pipeline.yaml'],
  ]).sort();

  withLint('accepts the templates of the examples, also those of SAM', async () => {
    expect(templates).toHaveLength(4);
    expect(await lint(...templates)).toBe('');
  });

  withLint('reports a property of a function that SAM does not have', async () => {
    const workspace = temporaryFolder();
    const text = readFileSync('examples/serverless/template.yaml', 'utf8').replace('ImageUri:', 'ImageUrl:');
    writeFiles(workspace, { 'template.yaml': text });
    await expect(lint(join(workspace, 'template.yaml'))).rejects.toMatchObject({
      stdout: expect.stringContaining("'ImageUrl' was unexpected") as unknown,
    });
  });
});

describe('Terraform', () => {
  const folder = process.env.TOWPATH_HCL2 ?? '';
  const withHcl = testWith('hcl2', ['test', '-d', join(folder, 'hcl2')]);
  const parseHcl = `import hcl2, json, sys
print(json.dumps([hcl2.load(open(file)) for file in sys.argv[1:]]))`;

  /** The blocks of a file, by their kind. */
  type Blocks = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

  async function read(files: readonly string[]): Promise<readonly Blocks[]> {
    const env = { PYTHONPATH: folder };
    return JSON.parse(await output(['python3', '-S', '-c', parseHcl, ...files], { env })) as Blocks[];
  }

  const unquoted = (name: string): string => name.replaceAll('"', '');

  const addresses = (prefix: string, blocks: Blocks[string]): readonly string[] =>
    blocks.flatMap((one) =>
      Object.entries(one).flatMap(([type, named]) =>
        Object.keys(named as object).map((name) => `${prefix}${unquoted(type)}.${unquoted(name)}`),
      ),
    );

  /** Returns the addresses of everything that a module declares, for example `var.region`. */
  function declared(modules: readonly Blocks[]): readonly string[] {
    return modules.flatMap(({ variable = [], resource = [], data = [], locals = [] }) => [
      ...variable.flatMap((one) => Object.keys(one).map((name) => `var.${unquoted(name)}`)),
      ...locals.flatMap((one) => Object.keys(one).map((name) => `local.${name}`)),
      ...addresses('', resource),
      ...addresses('data.', data),
    ]);
  }

  withHcl('parses the examples, and they declare everything that they refer to', async () => {
    for (const module of ['ecr', 'ecs']) {
      const files = globSync(`examples/terraform/${module}/*.tf`);
      const names = declared(await read(files));
      const text = files.map((file) => readFileSync(file, 'utf8').replaceAll(/#.*$/gm, '')).join('\n');
      const used = text.match(/\b(?:var|local|data\.aws_\w+|aws_\w+)\.[a-z_]+/g) ?? [];
      expect(used.length).toBeGreaterThan(5);
      for (const name of used) expect(names).toContain(name);
    }
  });

  withHcl('does not parse a broken file', async () => {
    const workspace = temporaryFolder();
    writeFiles(workspace, { 'main.tf': 'resource "aws_ecr_repository" "image" {\n  name = \n}\n' });
    await expect(read([join(workspace, 'main.tf')])).rejects.toThrow(/Command failed/);
  });

  // Not every machine has Terraform, and it cannot be downloaded everywhere.
  const withTerraform = isUsable(['terraform', '--version']) ? test : test.skip;

  withTerraform('formats the examples as they are', async () => {
    await output(['terraform', 'fmt', '-check', '-diff', '-recursive', 'examples/terraform']);
  });

  withTerraform('puts the image by its digest into the containers, with the secrets', async () => {
    const { workspace, outputs } = await published('terraform', 'terraform/ecs');
    const root = join(workspace, 'terraform/ecs');
    // Only what needs no provider, which cannot be downloaded here.
    for (const file of ['main.tf', 'versions.tf']) writeFiles(root, { [file]: '' });
    const secret = 'arn:aws:secretsmanager:us-east-1:444455556666:secret:payroll/database-secret-AbCdEf';
    const values = {
      environment: 'prod',
      region: 'us-east-1',
      cluster: 'payroll',
      subnets: [],
      database_secret: secret,
    };
    writeFiles(root, {
      'own.auto.tfvars.json': JSON.stringify(values),
      'out.tf': 'output "containers" { value = local.containers }\n',
    });
    await output(['terraform', 'apply', '-auto-approve', '-input=false'], { cwd: root });
    const [container] = JSON.parse(
      await output(['terraform', 'output', '-json', 'containers'], { cwd: root }),
    ) as [unknown];
    expect(container).toMatchObject({
      name: 'web',
      image: outputs.image,
      secrets: [
        { name: 'DATABASE_USER', valueFrom: `${secret}:username::` },
        { name: 'DATABASE_PASSWORD', valueFrom: `${secret}:password::` },
      ],
    });
    writeFiles(root, {
      'own.auto.tfvars.json': JSON.stringify({ ...values, database_secret: `${secret}:password` }),
    });
    await expect(output(['terraform', 'plan', '-input=false'], { cwd: root })).rejects.toThrow(/whole ARN/);
  });
});

test.each([...globSync('examples/kubernetes/chart/templates/*.yaml')])(
  '%s reads only values that towpath.values.json has',
  async (template) => {
    const { workspace, outputs } = await published('kubernetes', 'kubernetes/prod');
    const file = join(workspace, 'kubernetes/prod/towpath.values.json');
    const values = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const paths = readFileSync(template, 'utf8').match(/(?<=\.Values\.)[\w.]+/g) ?? [];
    const found = paths.map((path) =>
      path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], values),
    );
    expect(found).toEqual([outputs.image]);
  },
);

const withKustomize = isUsable(['kubectl', 'kustomize', '--help']) ? test : test.skip;

withKustomize('Kustomize puts the image by its digest into the deployment', async () => {
  const { workspace, outputs } = await published('kubernetes', 'kubernetes/prod');
  const rendered = await output(['kubectl', 'kustomize', join(workspace, 'kubernetes/prod')]);
  expect(parse(rendered)).toMatchObject({
    kind: 'Deployment',
    spec: { template: { spec: { containers: [{ name: 'web', image: outputs.image }] } } },
  });
});
