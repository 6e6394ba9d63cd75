import { expect, test } from '@jest/globals';
import { board } from '@towpath/action-board';
import { promote } from '@towpath/action-promote';
import { provision } from '@towpath/action-provision';
import { publish } from '@towpath/action-publish';
import { scanGate } from '@towpath/action-scan-gate';
import { parseEcrHost } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime, scenario, type Ending, type Scenario } from '@towpath/testing';
import { readFileSync } from 'node:fs';
import { everySetting } from './every-setting.ts';
import { lesser, readPolicy, type Policy } from './policy.ts';

const repository = 'payroll/web';
const config = readFileSync('examples/exemplar/towpath.yaml', 'utf8')
  // Production is in another account, which has roles of its own.
  .replace(/ {2}(?:prod|reconcile):\n(?: {4}.*\n)+/g, '');
const files = { 'towpath.yaml': config };
const imageSet = (content: string) => [{ name: 'web', content, platforms: ['linux/amd64', 'linux/arm64'] }];
const settings = `${everySetting}  remove: [payroll/old]
`;

/** What somebody with a role does. */
type Deed = (scene: Scenario, role: string) => Promise<Ending>;

const as = async (scene: Scenario, role: string) => ({ as: await scene.shared.assume(role), files });
const publication: Deed = async (scene, role) =>
  scene.play(publish, { ...(await as(scene, role)), given: { version: '2.0.0' }, imageSet: imageSet('new') });
const gate: Deed = async (scene, role) =>
  scene.play(scanGate, { ...(await as(scene, role)), given: { version: '1.0.0' } });
const promotion: Deed = async (scene, role) =>
  scene.play(promote, {
    ...(await as(scene, role)),
    given: { version: '1.0.0', 'target-environment': 'dev' },
  });
const overview: Deed = async (scene, role) =>
  scene.play(board, { ...(await as(scene, role)), given: { registries: `${scene.shared.host}/payroll` } });
const provisioning: Deed = async (scene, role) =>
  scene.play(provision, {
    ...(await as(scene, role)),
    files: { 'towpath.yaml': config + settings },
    given: { mode: 'apply', 'max-expire': '100%' },
  });

/** Creates the team's repositories with version 1.0.0, and the roles with their policies. */
async function team(roles: Readonly<Record<string, Policy>>): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.putParameter('/account/ecr/main/registry', `${scene.shared.host}/payroll`);
  for (const name of ['towpath', 'web', 'old']) await scene.shared.createRepository(`payroll/${name}`);
  const first = await scene.play(publish, { files, given: { version: '1.0.0' }, imageSet: imageSet('old') });
  expect(first.green).toBe(true);
  scene.emulator.addRoles(
    Object.fromEntries(
      Object.entries(roles).map(([name, policy]) => [
        `arn:aws:iam::${scene.shared.id}:role/${name}`,
        { policy },
      ]),
    ),
  );
  return scene;
}

/** Reads an image as a client does: a manifest, and the first layer of it. */
async function pull(scene: Scenario, role: string): Promise<void> {
  const registry = parseEcrHost(scene.shared.host);
  if (registry === undefined) throw new Error('the account has a registry');
  const { credentials } = await scene.shared.assume(role);
  const { api } = scene.emulator;
  const endpoints = { [scene.shared.host]: scene.emulator.registryUrl(scene.shared.id, 'us-east-1') };
  const env = {
    ...credentials,
    AWS_ENDPOINT_URL: api,
    TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(endpoints),
  };
  const remote = new Session(fakeRuntime({ env })).remote(registry, repository);
  const index = await remote.find('build-1.0.0');
  const [child] = index?.kind === 'index' ? index.manifests : [];
  if (child === undefined) throw new Error('the image is an index');
  const image = await remote.manifest(child);
  const [layer] = image.kind === 'image' ? image.layers : [];
  if (layer === undefined) throw new Error('the image has a layer');
  for await (const chunk of await remote.blob(layer)) expect(chunk).toBeDefined();
}

const jobs = { publication, gate, promotion, overview, provisioning };
type Job = keyof typeof jobs;
const writing: readonly Job[] = ['publication', 'promotion', 'provisioning'];

const roles: readonly { readonly name: string; readonly may: readonly Job[]; readonly pulls: boolean }[] = [
  { name: 'person-developer', may: ['gate', 'overview'], pulls: true },
  // IAM cannot tell tags apart: who may push to a repository may also tag its images for an environment.
  { name: 'ci', may: ['publication', 'gate', 'promotion'], pulls: false },
  { name: 'person-operator', may: ['gate', 'promotion', 'overview'], pulls: true },
  { name: 'person-admin', may: ['provisioning'], pulls: false },
];

test.each(roles)(
  'the role $name may do these jobs, and no others that write: $may',
  async ({ name, may, pulls }) => {
    const scene = await team({ [name]: readPolicy(name) });
    for (const job of may) expect([job, (await jobs[job](scene, name)).codes]).toEqual([job, []]);
    for (const job of writing.filter((one) => !may.includes(one))) {
      const { green, codes } = await jobs[job](scene, name);
      expect([job, green, new Set(codes)]).toEqual([job, false, new Set(['access-denied'])]);
    }
    if (pulls) await pull(scene, name);
    else await expect(pull(scene, name)).rejects.toMatchObject({ code: 'access-denied' });
  },
);

/** Each action of a policy with its resource. */
function grantsOf(policy: Policy): readonly string[] {
  return policy.Statement.flatMap((statement) => {
    const { Resource = '' } = statement as { readonly Resource?: string };
    return [statement.Action].flat().map((action) => `${action} on ${Resource}`);
  });
}

const repositories = 'arn:aws:ecr:us-east-1:111122223333:repository/payroll/*';
const ledger = repositories.replace('*', 'towpath');

test.each<{ name: string; jobs: readonly string[]; more: readonly string[] }>([
  { name: 'person-developer', jobs: ['gate', 'board'], more: ['ecr:GetDownloadUrlForLayer'] },
  { name: 'ci', jobs: ['publish', 'gate', 'build-reuse'], more: [] },
  { name: 'person-operator', jobs: ['promote', 'board'], more: ['ecr:GetDownloadUrlForLayer'] },
  { name: 'person-admin', jobs: ['provision-plan', 'provision'], more: ['ecr:DeleteRepository'] },
])('the role $name allows what the policies $jobs allow, and $more', ({ name, jobs: parts, more }) => {
  const wanted = new Set([
    ...parts.flatMap((part) => grantsOf(readPolicy(part))),
    ...more.map((action) => `${action} on ${repositories}`),
  ]);
  // The ledger is one of the repositories.
  const needed = [...wanted].filter(
    (grant) => !wanted.has(grant.replace(ledger, repositories)) || !grant.endsWith(ledger),
  );
  expect(grantsOf(readPolicy(name)).toSorted()).toEqual(needed.toSorted());
});

test.each(['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'])(
  'a developer cannot pull without %s',
  async (action) => {
    const less = lesser(readPolicy('person-developer')).find(({ lacks }) => lacks.startsWith(`${action} `));
    if (less === undefined) throw new Error(`the policy lacks ${action}`);
    const scene = await team({ developer: less.policy });
    await expect(pull(scene, 'developer')).rejects.toMatchObject({ code: 'access-denied' });
  },
);

test('an administrator cannot remove a repository without ecr:DeleteRepository', async () => {
  const less = lesser(readPolicy('person-admin')).find(({ lacks }) =>
    lacks.startsWith('ecr:DeleteRepository '),
  );
  if (less === undefined) throw new Error('the policy lacks ecr:DeleteRepository');
  const scene = await team({ admin: less.policy });
  expect((await provisioning(scene, 'admin')).codes).toEqual(['access-denied']);
});
