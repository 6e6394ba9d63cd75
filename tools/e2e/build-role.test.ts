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

/** The policies that docs/permissions.md shows for a build with private base images, and for one that reuses images. */
const { Statement } = read('build');
const reuse = read('build-reuse').Statement;

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
  writeLayout(layout.folder, { name: 'ledger', version: '1', images });
  const [root] = (await layout.index()).manifests;
  if (root === undefined) throw new Error('the layout has an image');
  const endpoints = parseEndpoints(scene.stage.addresses.TOWPATH_REGISTRY_ENDPOINTS);
  await account.createRepository(repository);
  await pushImage(layout, root, { account, endpoints, repository, tag: '1' });
  const dockerfile = `FROM ${account.host}/${repository}:1\nCOPY reconcile.sh /\n`;
  await writeFile(join(scene.checkout.folder, 'job/Dockerfile'), dockerfile);
}

/** Builds with a role that may do all that the policy says but one thing. */
async function build(
  lacking?: string,
  statements = Statement,
  inputs: Readonly<Record<string, string>> = {},
): ReturnType<Scene['step']> {
  const { emulator, shared } = scene.stage;
  const left = statements
    .map(({ Action, ...rest }) => ({
      ...rest,
      Action: [Action].flat().filter((action) => action !== lacking),
    }))
    .filter(({ Action }) => Action.length > 0);
  await emulator.setRoles({
    [`arn:aws:iam::${shared.id}:role/payroll-build`]: { policy: { Statement: left } },
  });
  const { credentials } = await shared.assume('payroll-build');
  const given = { only: 'reconcile', platforms: 'linux/amd64', ...inputs };
  return scene.step('build', given, { env: credentials });
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

test('a build finds images to reuse with the roles of the page, and not with less', async () => {
  const { checkout } = scene;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  const only = { only: 'reconcile', platforms: 'linux/amd64' };
  green(await scene.step('build', only));
  green(await scene.step('publish', { version: '1.0.0', only: 'reconcile' }));
  const inputs = { reuse: '7d', 'dry-run': 'true' };
  const login = Statement.slice(0, 1);
  expect(green(await build(undefined, [...login, ...reuse], inputs)).log).toMatch(/^reuse reconcile/m);
  for (const lacking of reuse.flatMap(({ Action }) => Action)) {
    const { outputs } = await build(lacking, [...login, ...reuse], inputs);
    expect([lacking, outputs['failure-reason']]).toEqual([lacking, 'access-denied']);
  }
});
