import { describe, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { provisioning, scenario, writesOf, type Scenario } from '../harness/team.ts';

const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:ecr-pullthroughcache/hub-AbCdEf';
const hub = (more = '') =>
  `repositories: { registry: { pull-through: [{ prefix: hub, upstream: docker.io, credential: "${secret}"${more} }] } }`;

/** Runs with an upstream that answers with a status. */
async function withUpstream(
  run: (scene: Scenario, answer: (status: number) => void) => Promise<void>,
): Promise<void> {
  let status = 200;
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const upstreams = { 'registry-1.docker.io': `http://127.0.0.1:${port}` };
  try {
    await run(await scenario({ upstreams }), (next) => {
      status = next;
    });
  } finally {
    await closed(server);
  }
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

describe('a pull-through cache rule', () => {
  test('is validated after it was created, and by every later run', async () => {
    await withUpstream(async (scene, answer) => {
      await provisioning(scene, '');
      answer(401);
      const created = await provisioning(scene, hub());
      expect(created.codes).toEqual(['outside-failed']);
      expect(created.annotations.map(({ message }) => message).join()).toContain(
        'The pull-through cache rule hub of 111122223333.dkr.ecr.us-east-1.amazonaws.com cannot pull from docker.io: The upstream answered with 401.',
      );
      const checked = await provisioning(scene, hub(), { given: { mode: 'check' } });
      expect(checked.codes).toEqual(['repositories-differ']);
      answer(200);
      const again = await provisioning(scene, hub(), { given: { mode: 'check' } });
      expect(again.green).toBe(true);
    });
  });

  test('gets another credential in place', async () => {
    await withUpstream(async (scene) => {
      await provisioning(scene, hub());
      const next = hub().replace('AbCdEf', 'GhIjKl');
      expect(writesOf(await provisioning(scene, next))).toEqual(['ecr:UpdatePullThroughCacheRule']);
      expect(writesOf(await provisioning(scene, next))).toEqual([]);
    });
  });

  test('cannot get another upstream, and says how to change it', async () => {
    await withUpstream(async (scene) => {
      await provisioning(scene, hub());
      for (const other of [hub().replace('docker.io', 'ghcr.io'), hub(', upstream-prefix: library')]) {
        const ending = await provisioning(scene, other);
        expect(writesOf(ending)).toEqual([]);
        expect(ending.annotations.map(({ message }) => message).join()).toMatch(
          /rule hub of .* caches docker\.io, not (?:ghcr\.io|docker\.io\/library)\. ECR cannot change the upstream.*aws ecr delete-pull-through-cache-rule --ecr-repository-prefix hub/,
        );
        const checked = await provisioning(scene, other, { given: { mode: 'check' } });
        expect(checked.codes).toEqual(['repositories-differ']);
      }
    });
  });
});
