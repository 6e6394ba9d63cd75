import { describe, expect, test } from '@jest/globals';
import type { BuildPort } from '@towpath/docker';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  createContainer as createContainerWith,
  type BuilderSetup,
  type DriverOptions,
} from './create-builder.ts';

const buildx = { program: 'docker', args: ['buildx'] };
const env = { HTTPS_PROXY: `http://tug:"s3cret"@proxy.example:3128`, NO_PROXY: '.corp.test,10.0.0.0/8' };

function createContainer(
  port: BuildPort,
  setup: Partial<BuilderSetup> & Pick<BuilderSetup, 'folder'>,
  options: DriverOptions = new Map(),
): Promise<string> {
  const job = { env: {}, runner: 'tug-1', temp: temporaryFolder(), announce: () => undefined };
  return createContainerWith(port, buildx, options, { ...job, ...setup });
}

/** A fake buildx with one file per builder, from which it takes the environment of the builder's container. */
function fakeBuildx({ boots = true, keeps = true } = {}) {
  const folder = temporaryFolder();
  let file = join(folder, 'instances', 'none');
  const seen: string[] = [];
  const booted: unknown[] = [];
  const exec = (program: string, args: readonly string[]) => {
    seen.push([program, ...args].join(' '));
    const result = (exitCode: number) =>
      Promise.resolve({ exitCode, stdout: '', stderr: 'ERROR: no space\n' });
    if (args.includes('create')) {
      const name = args.find((one) => one.startsWith('--name='))?.slice('--name='.length) ?? '';
      file = join(folder, 'instances', name);
      const options = args
        .filter((one) => one.startsWith('--driver-opt='))
        .map((one) => one.slice(13).split('='));
      const text = JSON.stringify({ DriverOpts: keeps ? (Object.fromEntries(options) as object) : {} });
      writeFiles(folder, { [`instances/${name}`]: text });
    } else if (args.includes('rm')) {
      rmSync(file);
    } else if (args.includes('--bootstrap')) {
      booted.push(JSON.parse(readFileSync(file, 'utf8')));
      return result(boots ? 0 : 1);
    }
    return result(existsSync(file) ? 0 : 1);
  };
  return { port: { exec }, folder, file: () => file, seen, booted };
}

describe('createContainer', () => {
  test('sets the proxy in the builder’s environment, without writing it to a command line or leaving it in a file', async () => {
    const { port, folder, file, seen, booted } = fakeBuildx();
    expect(await createContainer(port, { env, folder })).toMatch(/^towpath-[0-9a-f]{8}$/);
    expect(booted).toEqual([
      { DriverOpts: { 'env.HTTPS_PROXY': env.HTTPS_PROXY, 'env.NO_PROXY': env.NO_PROXY } },
    ]);
    for (const text of [...seen, readFileSync(file(), 'utf8')]) {
      expect(text).not.toContain('s3cret');
      expect(text).not.toContain('.corp.test');
    }
  });

  test('prefers a variable of the driver options to the proxy, and hides it in the same way', async () => {
    const { port, folder, seen, booted } = fakeBuildx();
    const options = new Map([
      ['image', 'mirror.example/buildkit:1'],
      ['env.NO_PROXY', 's3cret.example'],
    ]);
    await createContainer(port, { env, folder }, options);
    expect(booted).toEqual([
      {
        DriverOpts: {
          'env.HTTPS_PROXY': env.HTTPS_PROXY,
          'env.NO_PROXY': 's3cret.example',
          image: 'mirror.example/buildkit:1',
        },
      },
    ]);
    expect(seen.join()).not.toContain('s3cret');
  });

  test('announces a builder before it creates it, so that a cancelled step can remove it', async () => {
    const { port, folder, seen } = fakeBuildx();
    const announce = () => void seen.push('announced');
    await createContainer(port, { folder, announce });
    const order = seen.filter((line) => /announced|create/.test(line)).map((line) => line.split(' ')[0]);
    expect(order).toEqual(['announced', 'docker']);
  });

  test('boots a builder without a proxy', async () => {
    const { port, folder, booted } = fakeBuildx();
    await createContainer(port, { env: {}, folder });
    expect(booted).toEqual([{ DriverOpts: {} }]);
  });

  test('removes a builder that does not boot', async () => {
    const { port, folder, file } = fakeBuildx({ boots: false });
    await expect(createContainer(port, { env, folder })).rejects.toMatchObject({
      code: 'builder-missing',
      message: 'No builder could be created: ERROR: no space',
    });
    expect(existsSync(file())).toBe(false);
  });

  test('removes a builder whose creation is cancelled, although no other program may run any more', async () => {
    const { port, folder, file } = fakeBuildx();
    const cancelled = new AbortController();
    const exec: BuildPort['exec'] = async (program, args, options) => {
      if (options?.cleanUpUntil === undefined) cancelled.signal.throwIfAborted();
      const result = await port.exec(program, args);
      if (args.includes('--bootstrap')) {
        cancelled.abort(new Error('cancelled by SIGINT'));
        cancelled.signal.throwIfAborted();
      }
      return result;
    };
    await expect(createContainer({ exec }, { env, folder })).rejects.toThrow('cancelled by SIGINT');
    expect(existsSync(file())).toBe(false);
  });

  describe('with a password in the proxy', () => {
    /** The configuration of BuildKit that buildx reads, and the builder's name. */
    async function configOf(given: Readonly<Record<string, string>>, byDefault?: string) {
      const { port, folder } = fakeBuildx();
      const temp = temporaryFolder();
      if (byDefault !== undefined) writeFiles(folder, { 'buildkitd.default.toml': byDefault });
      let config: string | undefined;
      let file = '';
      const exec: BuildPort['exec'] = (program, args) => {
        const [, path] = args.map((one) => /^--buildkitd-config=(.*)/.exec(one)).find(Boolean) ?? [];
        if (path !== undefined) [config, file] = [readFileSync(path, 'utf8'), path];
        return port.exec(program, args);
      };
      await createContainer({ exec }, { env: given, folder, temp });
      return { config, isLeft: existsSync(file) };
    }

    test('creates a builder that records no builds', async () => {
      expect(await configOf(env)).toEqual({ config: '\n[history]\nmaxEntries = 0\n', isLeft: false });
    });

    test('keeps what the default configuration of buildx says', async () => {
      const { config } = await configOf(env, 'debug = true\n[registry."a.example"]\n');
      expect(config).toBe('debug = true\n[registry."a.example"]\n\n[history]\nmaxEntries = 0\n');
    });

    test.each(['[history]\nmaxAge = 1', '  [ "history" ]', 'history.maxEntries = 5', 'history = {}'])(
      'leaves a default configuration alone that says %j',
      async (byDefault) => {
        expect((await configOf(env, byDefault)).config).toBeUndefined();
      },
    );

    test('gives no configuration to a builder without a password', async () => {
      const { config } = await configOf({ HTTPS_PROXY: 'http://proxy.example', NO_PROXY: 'a.example' });
      expect(config).toBeUndefined();
    });
  });

  test('does not boot a builder if the proxy cannot be set', async () => {
    const { port, folder, booted } = fakeBuildx({ keeps: false });
    await expect(createContainer(port, { env, folder })).rejects.toThrow('does not contain');
    expect(booted).toEqual([]);
  });

  test('creates a builder once in a job', async () => {
    const { port, folder, booted } = fakeBuildx();
    const temp = temporaryFolder();
    const name = await createContainer(port, { env, folder, temp });
    expect(await createContainer(port, { env, folder, temp })).toBe(name);
    expect(booted).toHaveLength(1);
  });

  test('replaces a builder left by a killed job, because its options are unknown', async () => {
    const { port, folder, seen, booted } = fakeBuildx();
    const temp = temporaryFolder();
    const name = await createContainer(port, { env, folder, temp });
    rmSync(join(temp, name));
    expect(await createContainer(port, { env, folder, temp })).toBe(name);
    expect(seen).toContain(`docker buildx rm --force ${name}`);
    expect(booted).toHaveLength(2);
  });

  const proxy = 'http://proxy.example:3128';
  test.each<{ name: string; one: Partial<BuilderSetup>; other: Partial<BuilderSetup>; same: boolean }>([
    { name: 'another proxy', one: { env: { HTTP_PROXY: proxy } }, other: {}, same: false },
    { name: 'another runner', one: { runner: 'tug-2' }, other: {}, same: false },
    {
      name: 'another password, because names appear in logs',
      one: { env: { HTTP_PROXY: proxy } },
      other: { env: { HTTP_PROXY: 'http://tug:s3cret@proxy.example:3128' } },
      same: true,
    },
  ])('gives the same name with $name: $same', async ({ one, other, same }) => {
    const temp = temporaryFolder();
    const nameOf = (setup: Partial<BuilderSetup>) => {
      const { port, folder } = fakeBuildx();
      return createContainer(port, { folder, temp, ...setup });
    };
    expect((await nameOf(one)) === (await nameOf(other))).toBe(same);
  });
});
