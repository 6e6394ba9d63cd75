import { beforeEach, describe, expect, test } from '@jest/globals';
import type { BuildPort } from '@towpath/docker';
import { temporaryFolder } from '@towpath/testing/folder';
import { createBuilder, findBuilder as searchBuilder, type BuilderChoice } from './builder.ts';
import { removeBuilder } from './create-builder.ts';
import { parseNodes } from './nodes.ts';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

interface FakeBuilder {
  readonly driver: string;
  readonly platforms?: string;
  readonly error?: string;
}

const current = { kind: 'current' } as const;

/** The temporary folder of the test's job. */
let temp = '';
beforeEach(() => {
  temp = temporaryFolder();
});

/** Finds a builder, creates it if it is missing, and returns it with the names of created builders. */
async function findBuilder(port: BuildPort, choice: BuilderChoice) {
  const made: string[] = [];
  const announce = (name: string) => made.push(name);
  const search = { ...setup(), announce };
  const builder = await searchBuilder(port, choice, search);
  expect(made).toEqual([]);
  await createBuilder(port, builder, choice, search);
  return { ...builder, made };
}

function setup() {
  return {
    ...{ env: {}, folder: '/nowhere', runner: 'tug-1', temp },
    announce: () => undefined,
    temporaryFolder: () => Promise.resolve('/temporary'),
    mayStart: true,
  };
}

const remote: FakeBuilder = { driver: 'remote', platforms: 'linux/amd64*, linux/arm64' };

/** A fake docker CLI with the buildx plugin and some builders, of which the first is the current one. */
function fakeDocker(
  builders: Readonly<Record<string, FakeBuilder>>,
  { store = '', plugin = true, made = {}, context = 'default' } = {},
) {
  const known = new Map(Object.entries(builders));
  const asked = new Map<string, FakeBuilder>();
  const created: string[][] = [];
  const inspect = (all: ReadonlyMap<string, FakeBuilder>, name = [...all.keys()][0] ?? '') => {
    const found = all.get(name);
    if (found === undefined)
      return { exitCode: 1, stdout: '', stderr: `ERROR: no builder "${name}" found\n` };
    const { driver, platforms = 'linux/amd64', error } = found;
    const lines = [`Name:   ${name}`, `Driver: ${driver}`, '', 'Nodes:', `Name: ${name}0`];
    const rest = error === undefined ? [`Platforms: ${platforms}`] : [`Error:  ${error}`];
    return { exitCode: 0, stdout: [...lines, ...rest].join('\n'), stderr: '' };
  };
  return {
    created,
    known,
    exec: (
      program: string,
      [first = '', ...rest]: readonly string[],
      options: Parameters<BuildPort['exec']>[2] = {},
    ) => {
      const isTemporary = options.env?.BUILDX_CONFIG !== undefined;
      const all = isTemporary ? asked : known;
      const ok = { exitCode: 0, stdout: '', stderr: '' };
      if (program === 'docker' && first === 'info') return Promise.resolve({ ...ok, stdout: store });
      if (program === 'docker' && first === 'context')
        return Promise.resolve({ ...ok, stdout: `${context}\n` });
      if (!plugin && program !== 'buildx') return Promise.reject(new Error('ENOENT'));
      const [verb = '', ...args] = plugin ? rest : [first, ...rest];
      if (verb === 'create') {
        if (!isTemporary) created.push(args);
        const name = args.find((one) => one.startsWith('--name='))?.slice('--name='.length) ?? '';
        const driver = args.find((one) => one.startsWith('--driver='))?.slice('--driver='.length) ?? '';
        all.set(name, { driver, ...made });
      }
      if (verb === 'rm') known.delete(args.at(-1) ?? '');
      return Promise.resolve(
        verb === 'inspect'
          ? inspect(
              all,
              args.find((one) => !one.startsWith('--')),
            )
          : ok,
      );
    },
  };
}

/** Records the commands of a port. */
function recordCommands({ exec }: BuildPort): BuildPort & { readonly commands: readonly string[] } {
  const commands: string[] = [];
  return {
    commands,
    exec: (program, args, options) => {
      commands.push([program, ...args].join(' '));
      return exec(program, args, options);
    },
  };
}

const nodes = (text: string): BuilderChoice => ({ kind: 'nodes', nodes: parseNodes(text, () => undefined) });

describe('findBuilder', () => {
  test('returns the current builder, with its own platform first', async () => {
    expect(await findBuilder(fakeDocker({ team: remote }), current)).toMatchObject({
      name: 'team',
      names: ['team'],
      platforms: ['linux/amd64', 'linux/arm64'],
      made: [],
      buildx: { program: 'docker', args: ['buildx'] },
    });
  });

  test('starts a single program to find the current builder', async () => {
    const port = recordCommands(fakeDocker({ team: remote }));
    await findBuilder(port, current);
    expect(port.commands).toEqual(['docker buildx inspect --bootstrap']);
  });

  test('does not start a stopped builder unless it may', async () => {
    const port = recordCommands(fakeDocker({ team: remote }));
    await searchBuilder(port, current, { ...setup(), mayStart: false });
    expect(port.commands).toEqual(['docker buildx inspect']);
  });

  test('stops waiting for another step that creates the same builder when the run is cancelled', async () => {
    const port = fakeDocker({ default: { driver: 'docker' } });
    const builder = await searchBuilder(port, current, setup());
    mkdirSync(join(temp, `${builder.name}.lock`));
    const signal = AbortSignal.timeout(20);
    await expect(createBuilder(port, builder, current, { ...setup(), signal })).rejects.toThrow(/aborted/);
    expect(port.created).toEqual([]);
  });

  test('creates a missing builder once for steps that run at the same time', async () => {
    const port = fakeDocker({ default: { driver: 'docker' } });
    const builder = await searchBuilder(port, current, setup());
    await Promise.all([1, 2, 3].map(() => createBuilder(port, builder, current, setup())));
    expect(port.created).toHaveLength(1);
  });

  test('expects a missing builder to run what Docker’s own builder runs', async () => {
    const port = fakeDocker({ team: remote, default: { driver: 'docker', platforms: 'linux/arm64*' } });
    const choice = { kind: 'container', options: new Map<string, string>() } as const;
    expect(await searchBuilder(port, choice, setup())).toMatchObject({ platforms: ['linux/arm64'] });
    expect(port.created).toEqual([]);
    const rootless = { driver: 'docker', platforms: 'linux/riscv64*' };
    const other = fakeDocker({ team: remote, rootless }, { context: 'rootless' });
    expect(await searchBuilder(other, choice, setup())).toMatchObject({ platforms: ['linux/riscv64'] });
  });

  test('returns a builder by name', async () => {
    const port = fakeDocker({ default: { driver: 'docker' }, team: remote });
    expect(await findBuilder(port, { kind: 'name', name: 'team' })).toMatchObject({ name: 'team', made: [] });
  });

  test('uses buildx without docker', async () => {
    const port = fakeDocker({ team: remote }, { plugin: false });
    expect(await findBuilder(port, current)).toMatchObject({ buildx: { program: 'buildx', args: [] } });
  });

  test('returns Docker’s own builder if Docker has the containerd image store', async () => {
    const store = '[["driver-type","io.containerd.snapshotter.v1"]]';
    const port = fakeDocker({ default: { driver: 'docker' } }, { store });
    expect(await findBuilder(port, current)).toMatchObject({ name: 'default', made: [] });
  });

  test('creates a builder once per job if Docker’s own builder cannot write a layout', async () => {
    const port = fakeDocker({ default: { driver: 'docker' } }, { store: '[["Backing Filesystem","extfs"]]' });
    const { name, made } = await findBuilder(port, current);
    expect(made).toEqual([name]);
    expect(await findBuilder(port, current)).toMatchObject({ name, made: [] });
    expect(port.created).toHaveLength(1);
    expect(port.created[0]).toContain('--driver=docker-container');
    const buildx = { program: 'docker', args: ['buildx'] };
    expect(await removeBuilder(port, buildx, name)).toBeUndefined();
    expect([...port.known.keys()]).toEqual(['default']);
  });

  test('creates a builder with the given driver options, in place of the current one', async () => {
    const port = fakeDocker({ team: remote });
    const options = new Map([
      ['image', 'mirror.example/buildkit:1'],
      ['cpuset-cpus', '0,1'],
    ]);
    const first = await findBuilder(port, { kind: 'container', options });
    expect(first.made).toEqual([first.name]);
    expect(first.name).toMatch(/^towpath-[0-9a-f]{8}$/);
    expect(port.created[0]).toEqual(
      expect.arrayContaining([
        '--driver=docker-container',
        '--driver-opt=image=mirror.example/buildkit:1',
        '--driver-opt="cpuset-cpus=0,1"',
      ]),
    );
    expect(await findBuilder(port, { kind: 'container', options })).toMatchObject({
      name: first.name,
      made: [],
    });
    const others = await findBuilder(port, { kind: 'container', options: new Map([['network', 'host']]) });
    expect(others.name).not.toBe(first.name);
  });

  test.each<{
    name: string;
    builders: Readonly<Record<string, FakeBuilder>>;
    choice: BuilderChoice;
    says: RegExp;
  }>([
    {
      name: 'is missing',
      builders: { default: remote },
      choice: { kind: 'name', name: 'tug' },
      says: /^The builder tug is not available: ERROR: no builder "tug" found$/,
    },
    {
      name: 'does not start',
      builders: { team: { driver: 'remote', error: 'connection refused' } },
      choice: current,
      says: /^The current builder is not available: connection refused$/,
    },
    {
      name: 'is chosen by name and cannot write a layout',
      builders: { default: { driver: 'docker' } },
      choice: { kind: 'name', name: 'default' },
      says: /^The builder default cannot write an OCI image layout/,
    },
  ])('reports a builder that $name', async ({ builders, choice, says }) => {
    await expect(findBuilder(fakeDocker(builders), choice)).rejects.toMatchObject({
      code: 'builder-missing',
      message: expect.stringMatching(says) as unknown,
      hint: expect.stringContaining('builder') as unknown,
    });
  });
});

describe('findBuilder, with addresses of nodes', () => {
  test('creates one builder from nodes with different platforms', async () => {
    const port = fakeDocker({ default: remote });
    const text = 'tcp://a:1234 linux/amd64\ntcp://b:1234 linux/arm64/v8 cacert=ca.pem,cert=c.pem\n';
    const { names, made } = await findBuilder(port, nodes(text));
    expect(names).toHaveLength(1);
    expect(made).toEqual(names);
    expect(port.created).toEqual([
      [`--name=${names[0]}`, '--driver=remote', '--platform=linux/amd64', 'tcp://a:1234'],
      [
        `--name=${names[0]}`,
        '--driver=remote',
        '--append',
        '--platform=linux/arm64',
        '--driver-opt=cacert=ca.pem',
        '--driver-opt=cert=c.pem',
        'tcp://b:1234',
      ],
    ]);
    expect(await findBuilder(port, nodes(text))).toMatchObject({ names, made: [] });
  });

  test('creates as many builders as the most nodes of a platform, each for all platforms', async () => {
    const port = fakeDocker({ default: remote });
    const text = 'tcp://a linux/amd64\ntcp://b linux/amd64\ntcp://c linux/arm64';
    const { names } = await findBuilder(port, nodes(text));
    expect(names).toHaveLength(2);
    const endpoints = names.map((name) =>
      port.created.filter((args) => args.includes(`--name=${name}`)).map((args) => args.at(-1)),
    );
    expect(endpoints).toEqual([
      ['tcp://a', 'tcp://c'],
      ['tcp://b', 'tcp://c'],
    ]);
  });

  test('refuses a builder of which buildx prints an unknown format', async () => {
    const exec = () => Promise.resolve({ exitCode: 0, stdout: '{"name":"tug"}', stderr: '' });
    await expect(findBuilder({ exec }, current)).rejects.toMatchObject({
      code: 'builder-missing',
      message: 'The current builder is not available: buildx inspect printed an unknown format.',
    });
  });

  test('reports nodes that are not available by their addresses', async () => {
    const port = fakeDocker({ default: remote }, { made: { error: 'context deadline exceeded' } });
    await expect(findBuilder(port, nodes('tcp://a linux/amd64\ntcp://b linux/arm64'))).rejects.toMatchObject({
      code: 'builder-missing',
      message: 'BuildKit at tcp://a, tcp://b is not available: context deadline exceeded',
      hint: expect.stringContaining('cacert=') as unknown,
    });
  });

  test.each([
    { line: 'ftp://a linux/amd64', says: '"ftp://a" is not a valid address of a BuildKit node.' },
    { line: 'tcp://a amd64', says: '"amd64" after tcp://a is not a valid platform.' },
  ])('rejects $line', ({ line, says }) => {
    const messages: string[] = [];
    parseNodes(line, (message) => messages.push(message));
    expect(messages).toEqual([says]);
  });
});
