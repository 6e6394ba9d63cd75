import { beforeEach, describe, expect } from '@jest/globals';
import {
  isUsable,
  output,
  scenario,
  testWith,
  writeFiles,
  type Ending,
  type Scenario,
} from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { publish } from './action.ts';

/** Tests that deployment tools can read the files that `publish` writes, as `docs/deployment.md` shows. */

const page = readFileSync('docs/deployment.md', 'utf8');

/** Returns the snippet of the page that contains the words. */
function snippet(language: string, words: string): string {
  const fences = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const found = fences.filter(([, of, content = '']) => of === language && content.includes(words));
  expect(found).toHaveLength(1);
  return found[0]?.[2] ?? '';
}

let scene: Scenario;

beforeEach(async () => {
  scene = await scenario();
  await scene.shared.createRepository('payroll/backend');
});

async function published(folder: string, version = '1.4.0'): Promise<Ending> {
  const files = { 'towpath.yaml': `registry: ${scene.shared.host}/payroll\nimages: { backend: {} }\n` };
  const given = { version, 'deployment-files': folder };
  const ending = await scene.play(publish, { files, given, imageSet: [{ name: 'backend' }] });
  expect(ending.codes).toEqual([]);
  return ending;
}

describe('Terraform', () => {
  const declaration = snippet('hcl', 'variable');

  /** Reads the variables as Terraform does, with the types of their declaration. */
  const readers = {
    terraform: async (folder: string): Promise<unknown> => {
      writeFiles(folder, { 'all.tf': 'output "all" { value = var.towpath_images }\n' });
      const options = { cwd: join(folder, '..') };
      const apply = snippet('sh', 'terraform').trim().split(' ');
      await output([...apply, '-auto-approve', '-input=false'], options);
      const outputs = JSON.parse(await output(['terraform', `-chdir=${folder}`, 'output', '-json'])) as {
        all: { value: Record<string, { image: string }> };
        backend: { value: string };
      };
      expect(outputs.backend.value).toBe(outputs.all.value.backend?.image);
      return outputs.all.value;
    },
    // The decoder of Terraform's language, with the type of the declaration.
    hcldec: async (folder: string): Promise<unknown> => {
      const [, type = ''] = /type = (.*?^ {2}\}\)\))$/ms.exec(declaration) ?? [];
      const spec = `object {\n  attr "towpath_images" {\n    type = ${type}\n    required = true\n  }\n}\n`;
      writeFiles(folder, { 'variables.hcldec': spec });
      const command = ['hcldec', '--spec=variables.hcldec', 'towpath.auto.tfvars.json'];
      return (JSON.parse(await output(command, { cwd: folder })) as { towpath_images: unknown })
        .towpath_images;
    },
  };
  const reader = isUsable(['terraform', '--version']) ? 'terraform' : 'hcldec';
  const probe = { terraform: ['terraform', '--version'], hcldec: ['hcldec', '--version'] }[reader];

  testWith(reader, probe)(`reads its variables, by ${reader}`, async () => {
    const { workspace, outputs } = await published('infrastructure');
    const folder = join(workspace, 'infrastructure');
    writeFiles(folder, { 'main.tf': declaration });
    const { registry = '', repository = '', digest, tags: tag, image } = outputs;
    expect(await readers[reader](folder)).toEqual({
      backend: { repository: `${registry}/${repository}`, tag, digest, image },
    });
  });
});

describe('SAM', () => {
  const folder = process.env.TOWPATH_SAM_CLI ?? '';
  const python = ['python3', '-c'];
  const parse = `import json, sys
from samcli.cli.types import CfnParameterOverridesType
print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))`;
  const env = { PYTHONPATH: folder };
  const withSam = testWith('the parser of SAM', ['test', '-d', join(folder, 'samcli')]);

  withSam('reads its parameters, in one word or in two', async () => {
    for (const version of ['1.4.0', '1.4.0+5/of~today']) {
      const { outputs } = await published('deploy', version);
      const overrides = outputs['parameter-overrides'] ?? '';
      const tag = outputs.tags ?? '';
      const expected = { Environment: 'build', DeploymentVersion: tag.replace(/^build-/, '') };
      for (const words of [[overrides], overrides.split(' ')])
        expect(JSON.parse(await output([...python, parse, ...words], { env }))).toEqual(expected);
    }
  });
});

describe('the AWS CLI', () => {
  // Version 1 of the AWS CLI does not support parameter files. If it comes first on PATH, the second one is the
  // distribution's.
  const isSecond = (program: string) => ['sh', '-c', `${program} --version | grep -q ^aws-cli/2`];
  const cli = ['aws', '/usr/bin/aws'].find((program) => isUsable(isSecond(program))) ?? 'aws';
  const withAws = testWith('version 2 of aws', isSecond(cli));

  withAws('deploys a template with its parameters', async () => {
    const { workspace } = await published('deploy');
    writeFiles(workspace, { 'template.yaml': snippet('yaml', 'Mappings:') });
    const requests = await asked(answerCloudFormation, async (endpoint) => {
      const [, ...command] = snippet('sh', 'aws cloudformation').trim().split(' ');
      await aws([cli, ...command, '--no-execute-changeset'], endpoint, workspace);
    });
    const created = requests
      .map((body) => new URLSearchParams(body))
      .find((one) => one.get('Action') === 'CreateChangeSet');
    const parameters = [1, 2, 3].map((member) => {
      const [name, value] = ['ParameterKey', 'ParameterValue'].map(
        (part) => created?.get(`Parameters.member.${member}.${part}`) ?? undefined,
      );
      return [name, value];
    });
    expect(Object.fromEntries(parameters)).toMatchObject({
      Environment: 'build',
      DeploymentVersion: '1.4.0',
    });
  });

  withAws('registers a task definition with the image', async () => {
    const { workspace, outputs } = await published('deploy');
    const definition = JSON.parse(snippet('json', 'containerDefinitions')) as TaskDefinition;
    writeFiles(workspace, {
      'task-definition.json': JSON.stringify(render(definition, 'backend', outputs.image ?? '')),
    });
    const [body = ''] = await asked(
      () => ['application/x-amz-json-1.1', '{}'],
      (endpoint) =>
        aws(
          [cli, 'ecs', 'register-task-definition', '--cli-input-json', 'file://task-definition.json'],
          endpoint,
          workspace,
        ),
    );
    const [container] = (JSON.parse(body) as TaskDefinition).containerDefinitions;
    expect(container).toMatchObject({ name: 'backend', image: outputs.image });
  });
});

interface TaskDefinition {
  readonly containerDefinitions: readonly { readonly name: string; readonly image: string }[];
}

/**
 * Does what amazon-ecs-render-task-definition does (see its README): sets the image of the named container only.
 */
function render(definition: TaskDefinition, name: string, image: string): TaskDefinition {
  expect(definition.containerDefinitions.map((container) => container.name)).toContain(name);
  return {
    ...definition,
    containerDefinitions: definition.containerDefinitions.map((container) =>
      container.name === name ? { ...container, image } : container,
    ),
  };
}

async function aws(command: readonly string[], endpoint: string, cwd: string): Promise<void> {
  const env = {
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'not checked',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  };
  await output([...command, '--endpoint-url', endpoint], { cwd, env });
}

type Answer = (action: string | null) => readonly [type: string, body: string, status?: number];

/** Returns what a program requests of an AWS API. A stand-in responds, because the tests cannot deploy to AWS. */
async function asked(answer: Answer, ask: (endpoint: string) => Promise<void>): Promise<readonly string[]> {
  const bodies: string[] = [];
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      const [type, content, status = 200] = answer(new URLSearchParams(body).get('Action'));
      response.writeHead(status, { 'content-type': type }).end(content);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return bodies;
}

/** Responds that the stack does not exist and that every change set is ready at once. */
function answerCloudFormation(action: string | null): ReturnType<Answer> {
  const response = (content: string) =>
    `<${action ?? ''}Response><${action ?? ''}Result>${content}</${action ?? ''}Result></${action ?? ''}Response>`;
  switch (action) {
    case 'CreateChangeSet':
      return ['text/xml', response('<Id>arn:aws:cloudformation:change</Id><StackId>stack</StackId>')];
    case 'DescribeChangeSet':
      return ['text/xml', response('<Status>CREATE_COMPLETE</Status><Changes/>')];
    default:
      return [
        'text/xml',
        '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id payroll does not exist</Message></Error></ErrorResponse>',
        400,
      ];
  }
}
