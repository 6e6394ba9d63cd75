import { expect } from '@jest/globals';
import { testWith } from '@towpath/testing/clients';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowRun } from './act.ts';
import { startEcs } from './ecs.ts';
import { filesOfReadme, rolesOfReadme } from './readme.ts';
import { begin, green, type Scene, type Start } from './scene.ts';

const images = ['backend', 'web'];
const pageOfWorkflows = fileURLToPath(new URL('../../docs/workflows.md', import.meta.url));
const pageOfBoard = fileURLToPath(new URL('../../docs/board.md', import.meta.url));
const iam = fileURLToPath(new URL('../../examples/exemplar/iam/', import.meta.url));
const document = (name: string): object => JSON.parse(readFileSync(`${iam}${name}.json`, 'utf8')) as object;
const policyOf = (name: string) => document(name) as { readonly Statement: object[] };

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

/** Sets up the repository, the roles and the accounts of a team that followed the README. */
async function followReadme({ checkout, stage }: Scene): Promise<void> {
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
  const roles = (await rolesOfReadme()).map(([name, policies]) => {
    const statements = policies.map((policy) => policyOf(policy).Statement);
    const script = { trust: document(`trust-${name}`), policy: { Statement: statements.flat() } };
    return [`arn:aws:iam::${stage.shared.id}:role/payroll-${name}`, script] as const;
  });
  const board = { trust: document('trust-board'), policy: policyOf('board') };
  roles.push([`arn:aws:iam::${stage.shared.id}:role/payroll-board`, board]);
  await stage.emulator.setRoles(Object.fromEntries(roles));
  for (const name of [...images, 'towpath'])
    await stage.prod.setPolicy(`payroll/${name}`, document('repository-of-prod'));
}

/** Returns the claims of a job that runs in a GitHub environment. */
const claims = (file: string, environment: string | undefined) => ({
  sub:
    environment === undefined
      ? 'repo:acme/payroll:ref:refs/heads/main'
      : `repo:acme/payroll:environment:${environment}`,
  job_workflow_ref: `towpath/towpath/.github/workflows/${file}@refs/tags/v1`,
  ref: 'refs/heads/main',
});

/** The GitHub environments of the jobs of `pipeline.yml`. */
const environments: Readonly<Record<string, string>> = { publish: 'publish', promote: 'dev' };

async function deliver({ checkout, run }: Scene): Promise<string> {
  const after = await checkout.revision();
  const claimsOf = (job: string) => claims('pipeline.yml', environments[job]);
  green(await run('main.yml', { event: 'push', payload: { ref: 'refs/heads/main', after }, claimsOf }));
  return after;
}

/** Starts the workflow of the README by hand. */
function dispatch(
  { run }: Scene,
  environment: string,
  inputs: Readonly<Record<string, string>>,
  { approved = environment, env }: { readonly approved?: string; readonly env?: Start['env'] } = {},
): Promise<WorkflowRun> {
  const payload = { inputs: { environment, ...inputs } };
  const claimsOf = () => claims('promote.yml', approved);
  return run('promote.yml', { event: 'workflow_dispatch', payload, claimsOf, env });
}

/** Publishes the board of the shared account as its page says, without the second account. */
async function publishBoard(scene: Scene): Promise<WorkflowRun> {
  const { checkout, run } = scene;
  const page = await readFile(pageOfBoard, 'utf8');
  const [, workflow = ''] = /```yaml\n(# \.github\/workflows\/board\.yml\n[^]*?)```/.exec(page) ?? [];
  const onlyShared = workflow.replace(/^ *444455556666.*\n/m, '');
  await writeFile(join(checkout.folder, '.github/workflows/board.yml'), onlyShared);
  await checkout.commit('Publish the board');
  const claimsOf = () => claims('board.yml', undefined);
  const published = green(await run('board.yml', { event: 'workflow_dispatch', claimsOf }));
  expect(scene.artifacts.map(({ name }) => name)).toContain('github-pages');
  return published;
}

/** Promotes to prod with the job of the page that deploys, and removes the job again. */
async function deployFromProd(scene: Scene, version: string): Promise<void> {
  const { checkout, stage } = scene;
  const workflow = join(checkout.folder, '.github/workflows/promote.yml');
  const before = await readFile(workflow, 'utf8');
  await writeFile(workflow, before + (await deployJob()));
  await checkout.commit('Deploy promoted images');
  await using ecs = await startEcs(join(dirname(checkout.folder), 'bin'));
  const deployed = green(await dispatch(scene, 'prod', { version }, { env: { PATH: ecs.path } }));

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
  await writeFile(workflow, before);
}

const withTools = testWith('jq and the AWS CLI', ['sh', '-c', 'jq --version && aws --version']);

withTools(
  'a repository set up as the README says is deployed from prod, stops a critical image, breaks the glass, rolls back and shows the board, with a role for each environment',
  async () => {
    const scene = await begin({ images });
    const { checkout, stage } = scene;
    await followReadme(scene);

    const first = await deliver(scene);
    const skipped = await dispatch(scene, 'prod', { version: first });
    expect([skipped.exitCode, skipped.outputs.get('promote/promote/failure-reason')]).toEqual([
      1,
      'image-missing',
    ]);
    expect(skipped.log).toContain(`test-${first}`);
    green(await dispatch(scene, 'test', { version: first }));
    await deployFromProd(scene, first);

    await appendFile(join(checkout.folder, 'web/Dockerfile'), 'LABEL release=second\n');
    await checkout.commit('Change the page');
    const second = await deliver(scene);

    // It was clean when it came to dev.
    const digest = (await stage.shared.digestOf('payroll/web', `dev-${second}`)) ?? '';
    const manifest = JSON.parse(await stage.shared.manifestText('payroll/web', digest as never)) as {
      readonly manifests?: readonly { readonly digest: string }[];
    };
    const critical = { findings: [{ name: 'CVE-2026-1', severity: 'CRITICAL' }] };
    const scanned = manifest.manifests?.map((child) => child.digest) ?? [digest];
    await stage.emulator.setFindings(Object.fromEntries(scanned.map((one) => [one, critical])));
    const stopped = await dispatch(scene, 'test', { version: second });
    expect([stopped.exitCode, stopped.outputs.get('promote/promote/failure-reason')]).toEqual([
      1,
      'gate-failed',
    ]);
    expect(stopped.log).toContain('CVE-2026-1');
    expect(await stage.shared.tags('payroll/web')).not.toContain(`test-${second}`);

    const glass = await dispatch(scene, 'test', { version: second, 'break-glass': 'the page is down' });
    expect(green(glass).outputs.get('promote/promote/entry')).toBe('test.2');
    expect(await stage.shared.document('payroll/towpath', 'test.2')).toMatchObject({
      ...{ kind: 'break-glass', version: second, reason: 'the page is down' },
      images: [
        { name: 'backend', verdict: 'pass' },
        { name: 'web', digest, verdict: 'fail' },
      ],
    });

    const refused = await dispatch(scene, 'test', { rollback: 'true' }, { approved: 'dev' });
    expect(refused.exitCode).toBe(1);
    expect(refused.log).toContain('sts:AssumeRoleWithWebIdentity');
    green(await dispatch(scene, 'test', { rollback: 'true', reason: 'the page is blank' }));
    expect(await stage.shared.document('payroll/towpath', 'test.3')).toMatchObject({
      ...{ kind: 'rollback', version: first, restores: 1, reason: 'the page is blank' },
      images: [
        { name: 'backend', version: first },
        { name: 'web', version: first },
      ],
    });

    const { outputs } = await publishBoard(scene);
    expect(outputs.get('publish/deployment/page_url')).toBe('https://acme.github.io/payroll/');
    // Both environments of the account were observed, and a rollback is no drift.
    expect([outputs.get('read/board/drift'), outputs.get('read/board/not-observed')]).toEqual(['0', '0']);
  },
);
