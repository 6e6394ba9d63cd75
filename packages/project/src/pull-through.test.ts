import { expect, test } from '@jest/globals';
import { parsePrivateRegistry } from '@towpath/reference';
import { fakeRuntime, scenario, type Scenario } from '@towpath/testing';
import { pullThroughCaches } from './pull-through.ts';
import { Session } from '@towpath/session';

/** Returns the caches of a configuration as `upstream → repositories`. */
async function cachesOf(
  { emulator, shared }: Scenario,
  configured: Readonly<Record<string, string>>,
): Promise<{ readonly caches: readonly string[]; readonly lines: readonly string[] }> {
  const runtime = fakeRuntime({ env: { ...shared.credentials, AWS_ENDPOINT_URL: emulator.api } });
  const entries = Object.entries(configured).map(([upstream, prefix]) => {
    const registry = parsePrivateRegistry(`${shared.host}${prefix}`);
    if (registry === undefined) throw new Error(`${prefix} is no prefix`);
    return [upstream, registry] as const;
  });
  const found = await pullThroughCaches(new Map(entries), new Session(runtime), runtime.log);
  const caches = found.map(
    ({ upstream, upstreamPrefix, prefix }) => `${upstream}/${upstreamPrefix} → ${prefix}`,
  );
  return { caches, lines: runtime.lines };
}

const suggested = { 'docker.io': '/docker-hub', 'ghcr.io': '/github', 'quay.io': '/quay' };

test('finds the caches of a registry under the prefixes in its rules', async () => {
  const world = await scenario();
  await world.shared.pullThrough('docker-hub', 'registry-1.docker.io');
  await world.shared.pullThrough('team-ghcr', 'ghcr.io', 'team');
  expect(await cachesOf(world, suggested)).toEqual({
    caches: ['docker.io/ → docker-hub', 'ghcr.io/team → team-ghcr'],
    lines: [
      `${world.shared.host} has no pull-through cache rule for quay.io: its images are pulled from quay.io.`,
    ],
  });
});

test('prefers the cache under the configured prefix if an upstream has two', async () => {
  const world = await scenario();
  await world.shared.pullThrough('a-hub', 'registry-1.docker.io');
  await world.shared.pullThrough('docker-hub', 'registry-1.docker.io');
  expect((await cachesOf(world, suggested)).caches).toEqual(['docker.io/ → docker-hub']);
});

test('uses the configured caches if the caller may not read the rules', async () => {
  const world = await scenario();
  world.emulator.addFault({
    kind: 'exception',
    exception: 'AccessDeniedException',
    operation: 'ecr:DescribePullThroughCacheRules',
  });
  const { caches, lines } = await cachesOf(world, { 'registry-1.docker.io': '/hub', 'ghcr.io': '' });
  expect(caches).toEqual(['docker.io/ → hub', 'ghcr.io/ → ']);
  expect(lines.join()).toContain('ecr:DescribePullThroughCacheRules');
});

test('fails if a registry does not respond', async () => {
  const world = await scenario();
  world.emulator.addFault({
    kind: 'exception',
    exception: 'ValidationException',
    operation: 'ecr:DescribePullThroughCacheRules',
    times: 0,
  });
  await expect(cachesOf(world, suggested)).rejects.toMatchObject({ code: 'outside-failed' });
});
