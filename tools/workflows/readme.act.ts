import { expect } from '@jest/globals';
import { testWith } from '@towpath/testing';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEcs } from './ecs.ts';
import { filesOfReadme } from './readme.ts';
import { begin, green } from './scene.ts';

const images = ['backend', 'web'];
const pageOfWorkflows = fileURLToPath(new URL('../../docs/workflows.md', import.meta.url));

/** A task definition with a container that has no image of the repository. */
const definition = {
  family: 'payroll',
  runtimePlatform: { cpuArchitecture: 'X86_64' },
  containerDefinitions: [
    { name: 'web', image: 'replaced', essential: true, portMappings: [{ containerPort: 80 }] },
    { name: 'backend', image: 'replaced' },
    { name: 'proxy', image: 'public.ecr.aws/appmesh/aws-appmesh-envoy:v1.34.12.1-prod' },
  ],
};

/** Returns the job `deploy` of the page about the workflows. It follows the job `promote`. */
async function deployJob(): Promise<string> {
  const page = await readFile(pageOfWorkflows, 'utf8');
  const [, job = ''] = /^## deploy\n[^]*?\n( {2}deploy:\n[^]*?)```/m.exec(page) ?? [];
  return job;
}

const withTools = testWith('jq and the AWS CLI', ['sh', '-c', 'jq --version && aws --version']);

withTools(
  'a repository set up as the README says, with two Dockerfiles, reaches prod and is deployed by digest',
  async () => {
    const { checkout, stage, run } = await begin({ images });
    for (const entry of await readdir(checkout.folder))
      if (entry !== '.git') await rm(join(checkout.folder, entry), { recursive: true });
    const written = new Map(await filesOfReadme());
    for (const image of images) written.set(`${image}/Dockerfile`, 'FROM scratch\nCOPY Dockerfile /\n');
    written.set('task-definition.json', JSON.stringify(definition));
    for (const [path, text] of written) {
      await mkdir(dirname(join(checkout.folder, path)), { recursive: true });
      await writeFile(join(checkout.folder, path), text);
    }
    await checkout.commit('Tow our images');

    const version = await checkout.revision();
    green(await run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after: version } }));
    const promotion = (environment: string) => ({
      event: 'workflow_dispatch',
      payload: { inputs: { version, environment } },
    });
    green(await run('promote.yml', promotion('test')));
    await appendFile(join(checkout.folder, '.github/workflows/promote.yml'), await deployJob());
    await checkout.commit('Deploy promoted images');
    await using ecs = await startEcs(join(dirname(checkout.folder), 'bin'));
    const deployed = green(await run('promote.yml', { ...promotion('prod'), env: { PATH: ecs.path } }));

    for (const image of images) {
      const digest = await stage.prod.digestOf(`payroll/${image}`, `prod-${version}`);
      expect(digest).toBeDefined();
      expect(digest).toBe(await stage.shared.digestOf(`payroll/${image}`, `build-${version}`));
    }
    // The output of the promotion is the input of the deployment.
    const [web, backend, proxy] = definition.containerDefinitions;
    const imageOf = async (name: string) =>
      `${stage.prod.host}/payroll/${name}@${await stage.prod.digestOf(`payroll/${name}`, `prod-${version}`)}`;
    expect(ecs.requests.get('RegisterTaskDefinition')).toEqual({
      ...definition,
      containerDefinitions: [
        { ...web, image: await imageOf('web') },
        { ...backend, image: await imageOf('backend') },
        proxy,
      ],
    });
    expect(ecs.requests.get('UpdateService')).toMatchObject({ cluster: 'payroll', service: 'web' });
    expect(deployed.outputs.get('deploy/deploy/task-definition')).toBe(ecs.arn);
  },
);
