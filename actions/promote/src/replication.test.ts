import { expect, test } from '@jest/globals';
import { parseDigest } from '@towpath/reference';
import { attach, scenario, type Ending, type Scenario } from '@towpath/testing';
import { promote } from './action.ts';

const repository = 'payroll/web';
const config = (more = '') => `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
ledger: off
images: { web: { platforms: [linux/amd64, linux/arm64] } }
environments:
  prod: { from: build, via: replication, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com${more} }
`;

/** Creates a team whose registry replicates to production, and publishes web 1.0.0 with a signed SBOM. */
async function team(
  options: { readonly rule?: 'before' | 'none'; readonly refused?: boolean; readonly delay?: number } = {},
): Promise<Scenario> {
  const { rule = 'before', refused = false, delay = 20 } = options;
  const scene = await scenario({ replicationDelay: delay });
  await scene.shared.createRepository(repository, 'MUTABLE');
  await scene.prod.createRepository(repository);
  await scene.prod.admit(scene.shared, repository);
  if (rule === 'before') await scene.shared.replicateTo(scene.prod);
  if (refused) await scene.prod.refuseReplication();
  await scene.publish(repository, 'build-1.0.0', {
    name: 'web',
    platforms: ['linux/amd64', 'linux/arm64'],
  });
  const root = parseDigest((await scene.shared.digestOf(repository, 'build-1.0.0')) ?? '');
  const sbom = await attach(scene.shared, repository, { subject: root, content: 'sbom' });
  await attach(scene.shared, repository, { tag: `${sbom.digest.replace(':', '-')}.sig`, content: 'signed' });
  return scene;
}

function promoting(scene: Scenario, files = { 'towpath.yaml': config() }): Promise<Ending> {
  return scene.play(promote, { files, given: { version: '1.0.0', 'target-environment': 'prod' } });
}

test('waits for the replication of every manifest, copies nothing and sets the tags', async () => {
  const scene = await team();
  const ending = await promoting(scene);
  expect(ending.codes).toEqual([]);
  expect(await scene.prod.digestOf(repository, 'prod-1.0.0')).toBe(
    await scene.shared.digestOf(repository, 'build-1.0.0'),
  );
  expect(await scene.prod.digests(repository)).toEqual(await scene.shared.digests(repository));
  const operations = ending.requests.map(({ operation }) => operation);
  expect(operations.filter((one) => /^(POST|PUT|GET) /.test(one))).toEqual([]);
  expect(operations.filter((one) => one === 'ecr:PutImage')).toHaveLength(1);
});

test.each([
  { name: 'a registry policy refuses it', options: { refused: true }, reason: /AccessDenied/ },
  {
    name: 'no rule covers the repository',
    options: { rule: 'none' as const },
    reason: /no replication rule/,
  },
  { name: 'it does not end', options: { delay: 600_000 }, reason: /within 45 minutes/ },
])('fails with the reason if $name, and tags nothing', async ({ options, reason }) => {
  const scene = await team(options);
  const ending = await promoting(scene);
  expect(new Set(ending.codes)).toEqual(new Set(['replication-failed']));
  expect(ending.annotations.map(({ message }) => message).join('\n')).toMatch(reason);
  expect(await scene.prod.tags(repository)).toEqual([]);
});

test('is refused between repositories of different names', async () => {
  const scene = await team();
  await scene.prod.createRepository('live/web');
  await scene.prod.admit(scene.shared, 'live/web');
  const files = { 'towpath.yaml': config(', repository: "live/{image}"') };
  const ending = await promoting(scene, files);
  expect(ending.codes).toEqual(['config-invalid']);
});
