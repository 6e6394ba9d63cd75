import { describe, expect, test } from '@jest/globals';
import { scenario } from '@towpath/testing';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse } from 'yaml';

/** Tests of the examples for deployments that need no other program. `examples.slow.ts` of publish has the others. */

/** Reads a YAML file. The functions of CloudFormation, such as `!Ref`, are read as their arguments. */
function readYaml(file: string): unknown {
  return parse(readFileSync(file, 'utf8'), { logLevel: 'silent' });
}

describe('manifests of Kubernetes and Argo CD', () => {
  const types: Readonly<Record<string, { readonly module: string; readonly type: string }>> = {
    Deployment: { module: 'kubernetes-models/apps/v1', type: 'IDeployment' },
    Application: { module: '@kubernetes-models/argo-cd/argoproj.io/v1alpha1', type: 'IApplication' },
  };

  /**
   * Returns the errors of the compiler for manifests. Unlike the JSON schemas, the types allow no unknown keys. One call
   * checks all of them, because the compiler reads the types for seconds.
   */
  function check(manifests: readonly unknown[]): readonly (readonly string[])[] {
    const texts = new Map(
      manifests.map((manifest, index) => {
        const { kind } = manifest as { readonly kind: string };
        const { module, type } = types[kind] ?? { module: '', type: '' };
        const text = `import type { ${type} } from '${module}';\nexport const it: ${type} = ${JSON.stringify(manifest)};\n`;
        return [join(import.meta.dirname, `manifest-${index}.ts`), text];
      }),
    );
    const options: ts.CompilerOptions = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: [],
    };
    const host = ts.createCompilerHost(options);
    const real = ts.createCompilerHost(options);
    host.fileExists = (name) => texts.has(name) || real.fileExists(name);
    host.getSourceFile = (name, version, ...rest) => {
      const text = texts.get(name);
      return text === undefined
        ? real.getSourceFile(name, version, ...rest)
        : ts.createSourceFile(name, text, version);
    };
    const program = ts.createProgram([...texts.keys()], options, host);
    return [...texts.keys()].map((name) =>
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(name))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    );
  }

  const deployment = 'examples/kubernetes/base/deployment.yaml';
  const files = [deployment, ...globSync('examples/kubernetes/argocd/*.yaml')].sort();
  const broken = parse(readFileSync(deployment, 'utf8').replace('containerPort', 'contanerPort')) as unknown;

  test('follow their schemas, and a key that does not exist is reported', () => {
    const errors = check([...files.map(readYaml), broken]);
    expect(files).toHaveLength(3);
    expect(errors.slice(0, -1)).toEqual(files.map(() => []));
    expect(errors.at(-1)).toEqual([expect.stringContaining('contanerPort') as unknown]);
  });
});

describe('the repository of the CloudFormation example', () => {
  const { Properties } = (
    readYaml('examples/cloudformation/repositories.yaml') as {
      readonly Resources: {
        readonly Repository: {
          readonly Properties: {
            readonly LifecyclePolicy: { readonly LifecyclePolicyText: string };
            readonly RepositoryPolicyText: { readonly Statement: readonly object[] };
          };
        };
      };
    }
  ).Resources.Repository;

  test('has policies that Amazon ECR accepts', async () => {
    const scene = await scenario();
    await scene.shared.createRepository('payroll/web');
    await scene.shared.putLifecycle(
      'payroll/web',
      JSON.parse(Properties.LifecyclePolicy.LifecyclePolicyText) as object,
    );
    const [statement] = Properties.RepositoryPolicyText.Statement;
    await scene.shared.setPolicy('payroll/web', {
      Version: '2012-10-17',
      Statement: [{ ...statement, Principal: { AWS: [scene.prod.id] } }],
    });
  });
});

describe('the templates of ECS check the ARN of a secret', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:444455556666:secret:payroll/database';
  const template = readYaml('examples/exemplar/template.yaml') as {
    readonly Parameters: { readonly DatabaseSecret: { readonly AllowedPattern: string } };
  };
  // CloudFormation matches the whole value.
  const pattern = new RegExp(`^(?:${template.Parameters.DatabaseSecret.AllowedPattern})$`);

  test.each([
    ['a whole ARN', `${arn}-AbCdEf`, true],
    ['a name that ends like such characters', `${arn}-secret-AbCdEf`, true],
    ['another partition', `${arn.replace('arn:aws:', 'arn:aws-us-gov:')}-AbCdEf`, true],
    ['an ARN without the characters that Secrets Manager appends', arn, false],
    ['a key of the secret, which the template adds', `${arn}-AbCdEf:password::`, false],
    ['the name of a secret', 'payroll/database', false],
    ['the ARN of a parameter', 'arn:aws:ssm:us-east-1:444455556666:parameter/database', false],
  ])('%s', (_, value, isValid) => {
    expect(pattern.test(value)).toBe(isValid);
  });

  test('and read a key of the secret with empty colons for the stage and the version', () => {
    const text = readFileSync('examples/exemplar/template.yaml', 'utf8');
    const values = [...text.matchAll(/ValueFrom: !Sub '(.*)'/g)].map(([, value = '']) => value);
    expect(values).toEqual(['${DatabaseSecret}:username::', '${DatabaseSecret}:password::']);
  });
});

test('the execution role of the exemplar reads the secret and its key, and the tasks have no role of their own', () => {
  type Statement = Readonly<{ Action?: readonly string[]; Resource?: unknown }>;
  interface Resource {
    readonly Type: string;
    readonly Properties: {
      readonly ExecutionRoleArn?: string;
      readonly TaskRoleArn?: string;
      readonly PermissionsBoundary?: unknown;
      readonly Policies?: readonly {
        readonly PolicyDocument: { readonly Statement: readonly (Statement | readonly Statement[])[] };
      }[];
    };
  }
  const { Resources } = readYaml('examples/exemplar/template.yaml') as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  const of = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type);
  const roles = of('AWS::IAM::Role');
  expect(roles.map(([name]) => name)).toEqual(['ExecutionRole']);
  const { Policies = [], PermissionsBoundary } = roles[0]?.[1].Properties ?? {};
  expect(PermissionsBoundary).toBeDefined();
  // A statement under a condition is the second argument of `!If`.
  const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.flat());
  const resourceFor = (action: string) =>
    statements.find(({ Action = [] }) => Action.includes(action))?.Resource;
  expect(resourceFor('secretsmanager:GetSecretValue')).toBe('DatabaseSecret');
  expect(resourceFor('kms:Decrypt')).toBe('SecretsKey');
  const tasks = of('AWS::ECS::TaskDefinition').map(([, { Properties }]) => Properties);
  expect(tasks.map(({ ExecutionRoleArn, TaskRoleArn }) => [ExecutionRoleArn, TaskRoleArn])).toEqual([
    ['ExecutionRole.Arn', undefined],
    ['ExecutionRole.Arn', undefined],
  ]);
  expect(of('AWS::Logs::LogGroup')).toHaveLength(1);
});
