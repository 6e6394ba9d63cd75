import { beforeEach, expect, test } from '@jest/globals';
import { Layout, parseEndpoints } from '@towpath/oci';
import { writeLayout } from '@towpath/setup/oci-layout';
import { pushImage, type Account } from '@towpath/stage';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { begin, green, type Scene } from './scene.ts';

interface Policy {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

function read(name: string): Policy {
  const url = new URL(`../../examples/exemplar/iam/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Policy;
}

/** The policies of docs/permissions.md for a build with private base images, and for a build with `reuse`. */
const { Statement } = read('build');
const reuse = read('build-reuse').Statement;

const repository = 'docker-hub/library/ledger';
let scene: Scene;

beforeEach(async () => {
  scene = await begin();
  await pushBase(scene.stage.shared);
});

/** Pushes a new base image. A builder does not pull an image that is in its cache. */
async function pushBase(account: Account): Promise<void> {
  const folder = join(scene.temp, 'base');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'uuid'), randomUUID());
  const tar = await promisify(execFile)('tar', ['--create', '--directory', folder, 'uuid'], {
    encoding: 'buffer',
  });
  const layout = new Layout(join(scene.temp, 'layout'));
  const platform = { os: 'linux', architecture: 'amd64' };
  const images = [{ platform, tar: tar.stdout, gzip: gzipSync(tar.stdout) }];
  writeLayout(layout.folder, { name: 'ledger', version: '1', images });
  const [root] = (await layout.index()).manifests;
  if (root === undefined) throw new Error('the layout has no image');
  const endpoints = parseEndpoints(scene.stage.addresses.TOWPATH_REGISTRY_ENDPOINTS);
  await account.createRepository(repository);
  await pushImage(layout, root, { account, endpoints, repository, tag: '1' });
  const dockerfile = `FROM ${account.host}/${repository}:1\nCOPY reconcile.sh /\n`;
  await writeFile(join(scene.checkout.folder, 'job/Dockerfile'), dockerfile);
}

/** Builds with a role that has the policy without one action. */
async function build(
  removed?: string,
  statements = Statement,
  inputs: Readonly<Record<string, string>> = {},
): ReturnType<Scene['step']> {
  const { emulator, shared } = scene.stage;
  const remaining = statements
    .map(({ Action, ...rest }) => ({
      ...rest,
      Action: [Action].flat().filter((action) => action !== removed),
    }))
    .filter(({ Action }) => Action.length > 0);
  await emulator.setRoles({
    [`arn:aws:iam::${shared.id}:role/payroll-build`]: { policy: { Statement: remaining } },
  });
  const { credentials } = await shared.assume('payroll-build');
  const given = { only: 'reconcile', platforms: 'linux/amd64', ...inputs };
  return scene.step('build', given, { env: credentials });
}

test('build pulls private base images with the documented role', async () => {
  expect(JSON.parse(green(await build()).outputs.images ?? '')).toHaveLength(1);
});

test('build pulls a base image of another account only if the repository policy allows it', async () => {
  const { prod, shared } = scene.stage;
  await pushBase(prod);
  const inputs = { only: 'reconcile', platforms: 'linux/amd64' };
  const denied = await scene.step('build', inputs);
  expect(denied.outputs['failure-reason']).toBe('build-failed');
  await prod.admit(shared, repository);
  green(await scene.step('build', inputs));
});

test.each(Statement.flatMap(({ Action }) => Action))('build fails without %s', async (action) => {
  const { exitCode, outputs } = await build(action);
  expect(exitCode).toBe(1);
  expect(outputs['failure-reason']).toBe(
    action === 'ecr:GetAuthorizationToken' ? 'access-denied' : 'build-failed',
  );
});

test('build reuses images with the documented role, and needs each of its actions', async () => {
  const { checkout } = scene;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  const only = { only: 'reconcile', platforms: 'linux/amd64' };
  green(await scene.step('build', only));
  green(await scene.step('publish', { version: '1.0.0', only: 'reconcile' }));
  const inputs = { reuse: '7d', 'dry-run': 'true' };
  const login = Statement.slice(0, 1);
  expect(green(await build(undefined, [...login, ...reuse], inputs)).log).toMatch(/^reuse reconcile/m);
  for (const action of reuse.flatMap(({ Action }) => Action)) {
    const { outputs } = await build(action, [...login, ...reuse], inputs);
    expect([action, outputs['failure-reason']]).toEqual([action, 'access-denied']);
  }
});
