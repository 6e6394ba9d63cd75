import { expect, test } from '@jest/globals';
import { team } from '@towpath/stage';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { begin } from './scene.ts';

const dist = fileURLToPath(new URL('../../packages/cli/dist', import.meta.url));

interface Result {
  readonly ending: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

test('the packed command line runs by npx in an empty folder, and tows images from build to prod', async () => {
  const { stage, checkout, temp } = await begin();
  mkdirSync(temp, { recursive: true });
  const run = (program: string, args: readonly string[], cwd = temp): SpawnSyncReturns<string> =>
    spawnSync(program, args, {
      cwd,
      env: { ...stage.env, npm_config_cache: join(temp, 'npm') },
      encoding: 'utf8',
    });

  const packed = run('npm', ['pack', '--silent', '--pack-destination', temp, dist]);
  const tarball = join(temp, packed.stdout.trim());
  const empty = join(temp, 'empty');
  mkdirSync(empty);
  const npx = run('npx', ['--yes', '--offline', '--package', tarball, 'towpath', '--version'], empty);
  expect(npx).toMatchObject({ status: 0, stdout: '0.0.0\n' });
  expect(run('npm', ['install', '--offline', '--silent', tarball], empty)).toMatchObject({ status: 0 });
  const program = join(empty, 'node_modules/.bin/towpath');
  const manifest = readFileSync(join(empty, 'node_modules/towpath/package.json'), 'utf8');
  expect(Object.keys(JSON.parse(manifest) as object)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:scripts|dependencies)$/)]),
  );
  // The time of the processor, which other programs on the machine change little. The fastest of five counts.
  const measure = `process.on('exit', () => { const { user, system } = process.cpuUsage(); console.error(user + system); })`;
  writeFileSync(join(temp, 'measure.cjs'), measure);
  const timed = ['--require', join(temp, 'measure.cjs'), realpathSync(program), '--version'];
  const microseconds = Array.from({ length: 5 }, () => Number(run(process.execPath, timed).stderr));
  expect(Math.min(...microseconds)).toBeLessThan(150_000);

  writeFileSync(join(empty, 'compose.yaml'), 'services: { api: { build: { context: ./api } } }\n');
  mkdirSync(join(empty, 'api'));
  writeFileSync(join(empty, 'api/Dockerfile'), 'FROM scratch\n');
  const proposed = run(program, ['init', '--registry', `${stage.shared.host}/team`, '--json'], empty);
  expect([proposed.status, proposed.stdout]).toEqual([0, expect.stringMatching(/\+ +api:[^]*context: api/)]);

  const dockerConfig = join(
    process.env.DOCKER_CONFIG ?? join(process.env.HOME ?? '', '.docker'),
    'config.json',
  );
  const before = existsSync(dockerConfig) ? readFileSync(dockerConfig, 'utf8') : undefined;
  const towpath = (...args: string[]): Result => {
    const { status, stdout, stderr } = run(program, [...args, '--json'], checkout.folder);
    if (status !== 0) throw new Error(`towpath ${args.join(' ')} failed:\n${stderr}`);
    expect(stderr).not.toContain('\u001b');
    return JSON.parse(stdout) as Result;
  };
  const { digests } = towpath('build').outputs as { digests: Record<string, string> };
  expect(Object.keys(digests)).toEqual(team.images);
  expect(run('git', ['status', '--porcelain'], checkout.folder).stdout).toBe('');
  towpath('publish', '--version', '1.0.0');
  expect(towpath('scan-gate', '--version', '1.0.0').outputs.verdict).toBe('pass');
  for (const environment of ['dev', 'test', 'prod'])
    towpath('promote', '--version', '1.0.0', '--target-environment', environment);
  for (const [name, digest] of Object.entries(digests))
    expect(await stage.prod.digestOf(`${team.prefix}/${name}`, 'prod-1.0.0')).toBe(digest);

  const missing = run(
    program,
    ['promote', '--version', '9.9.9', '--target-environment', 'dev'],
    checkout.folder,
  );
  expect(missing).toMatchObject({ status: 5, stdout: '' });
  expect(existsSync(dockerConfig) ? readFileSync(dockerConfig, 'utf8') : undefined).toBe(before);
  writeFileSync(join(checkout.folder, 'towpath.yaml'), 'imagse: {}\n');
  expect(run(program, ['build'], checkout.folder)).toMatchObject({ status: 2 });
});
