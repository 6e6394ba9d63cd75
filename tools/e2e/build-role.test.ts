import { beforeEach, expect, test } from '@jest/globals';
import { Layout, parseEndpoints } from '@towpath/oci';
import { pushImage, type Account } from '@towpath/stage';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { writeLayout } from '../setup/oci-layout.js';
import { begin, green, type Scene } from './scene.ts';

/** The policy that docs/permissions.md shows for a build with private base images. */
const { Statement } = JSON.parse(
  readFileSync(new URL('../../examples/exemplar/iam/build.json', import.meta.url), 'utf8'),
) as { readonly Statement: readonly { readonly Action: string | readonly string[] }[] };

const repository = 'docker-hub/library/ledger';
let scene: Scene;

beforeEach(async () => {
  scene = await begin();
  await pushBase(scene.stage.shared);
});

/** The base of the image, one that no builder has seen: what it has in its cache it would not pull. */
async function pushBase(account: Account): Promise<void> {
  const folder = join(scene.temp, 'base');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'novelty'), randomUUID());
  const tar = await promisify(execFile)('tar', ['--create', '--directory', folder, 'novelty'], {
    encoding: 'buffer',
  });
  const layout = new Layout(join(scene.temp, 'layout'));
  const platform = { os: 'linux', architecture: 'amd64' };
  const images = [{ platform, tar: tar.stdout, gzip: gzipSync(tar.stdout) }];
  await writeLayout(layout.folder, { name: 'ledger', version: '1', images });
  const [root] = (await layout.index()).manifests;
  if (root === undefined) throw new Error('the layout has an image');
  const endpoints = parseEndpoints(scene.stage.addresses.TOWPATH_REGISTRY_ENDPOINTS);
  await account.createRepository(repository);
  await pushImage(layout, root, { account, endpoints, repository, tag: '1' });
  const dockerfile = `FROM ${account.host}/${repository}:1\nCOPY reconcile.sh /\n`;
  await writeFile(join(scene.checkout.folder, 'job/Dockerfile'), dockerfile);
}

/** Builds with a role that may do all that the policy says but one thing. */
async function build(lacking?: string): ReturnType<Scene['step']> {
  const { emulator, shared } = scene.stage;
  const left = Statement.map(({ Action, ...rest }) => ({
    ...rest,
    Action: [Action].flat().filter((action) => action !== lacking),
  })).filter(({ Action }) => Action.length > 0);
  await emulator.setRoles({
    [`arn:aws:iam::${shared.id}:role/payroll-build`]: { policy: { Statement: left } },
  });
  const { credentials } = await shared.assume('payroll-build');
  return scene.step('build', { only: 'reconcile', platforms: 'linux/amd64' }, { env: credentials });
}

test('a build pulls its private bases with the role of the page', async () => {
  expect(JSON.parse(green(await build()).outputs.images ?? '')).toHaveLength(1);
});

test('a base of another account is pulled from there, where its repository admits this one', async () => {
  const { prod, shared } = scene.stage;
  await pushBase(prod);
  const inputs = { only: 'reconcile', platforms: 'linux/amd64' };
  const refused = await scene.step('build', inputs);
  expect(refused.outputs['failure-reason']).toBe('build-failed');
  await prod.admit(shared, repository);
  green(await scene.step('build', inputs));
});

test.each(Statement.flatMap(({ Action }) => Action))('it cannot without %s', async (lacking) => {
  const { exitCode, outputs } = await build(lacking);
  expect(exitCode).toBe(1);
  expect(outputs['failure-reason']).toBe(
    lacking === 'ecr:GetAuthorizationToken' ? 'access-denied' : 'build-failed',
  );
});
