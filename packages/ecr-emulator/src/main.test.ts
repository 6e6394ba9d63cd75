import { describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ours, theirs } from './harness/emulator.ts';
import { startProcess } from './harness/process.ts';
import { temporaryFolder } from './harness/temporary-folder.ts';

// Processes start slowly on a busy machine.
jest.setTimeout(60_000);

describe('npm run emulator', () => {
  test('prints its addresses in one line and serves until SIGTERM', async () => {
    const emulator = await startProcess(
      '--account',
      ours,
      '--account',
      theirs,
      '--region',
      'us-east-1',
      '--region',
      'eu-west-1',
    );
    expect(emulator.ready).toEqual({
      api: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      registries: [
        [ours, 'us-east-1'],
        [ours, 'eu-west-1'],
        [theirs, 'us-east-1'],
        [theirs, 'eu-west-1'],
      ].map(([account, region]) => ({
        account,
        region,
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      })),
      ecrPublic: {
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        aliases: {
          [ours]: expect.stringMatching(/^g[0-9a-f]{7}$/),
          [theirs]: expect.stringMatching(/^g[0-9a-f]{7}$/),
        },
      },
      data: expect.any(String),
      pid: emulator.child.pid,
    });
    const { api = '', registries = [], data = '' } = emulator.ready ?? {};
    for (const { url } of registries) expect((await fetch(`${url}/v2/`)).status).toBe(401);
    expect(await (await fetch(`${api}/_emulator/requests`)).json()).toHaveLength(registries.length + 1);
    expect(await emulator.end('SIGTERM')).toBe(0);
    expect(emulator.stderr()).toBe('');
    expect(existsSync(data)).toBe(false);
  });

  test('uses consecutive ports from --port', async () => {
    const start = async (attempts: number): ReturnType<typeof startProcess> => {
      // Below the ports that the system gives to other tests.
      port = 20_000 + Math.floor(Math.random() * 10_000);
      const started = await startProcess('--port', String(port), '--account', ours, '--account', theirs);
      return started.ready === undefined && attempts > 1 ? start(attempts - 1) : started;
    };
    let port = 0;
    const { ready } = await start(3);
    expect(ready?.api).toBe(`http://127.0.0.1:${port}`);
    expect(ready?.registries.map(({ url }) => url)).toEqual([
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port + 2}`,
    ]);
  });

  test.each([
    [['--prot', '1'], /Unknown option '--prot'/],
    [['--port', 'http'], /--port http/],
    [['--account', '123'], /--account 123: an account has twelve digits/],
    [['--account', `${ours}=china`], /--account 111122223333=china: not a partition/],
    [['--region', 'here'], /--region here/],
    [['--findings', '/nowhere'], /--findings \/nowhere: ENOENT/],
    [['word'], /word/],
  ])('rejects %j with the error and the usage', async (args, message) => {
    const emulator = await startProcess(...args);
    expect(emulator.ready).toBeUndefined();
    expect(await emulator.end('SIGTERM')).toBe(2);
    expect(emulator.stderr()).toMatch(message);
    expect(emulator.stderr()).toMatch(/\nusage: /);
    expect(emulator.stderr()).not.toMatch(/^\s+at /m);
  });

  test('rejects invalid findings', async () => {
    const file = join(await temporaryFolder(), 'findings.json');
    await writeFile(file, '{"v1":{"finding":[]}}');
    const emulator = await startProcess('--findings', file);
    expect(await emulator.end('SIGTERM')).toBe(2);
    expect(emulator.stderr()).toContain('v1: unknown finding');
  });
});
