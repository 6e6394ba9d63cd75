import { buildxCommand, checkOut, setStage, type Stage } from '@towpath/stage';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compare, measure, type Command, type Contender } from './measure.ts';

const run = promisify(execFile);
const actions = fileURLToPath(new URL('../../actions/', import.meta.url));

/** What a service of moderate size is made of: its sources, and bytes of packages in a layer that all share. */
const sources = { files: 150, bytes: 6 * 1024 };
const dependencies = 12 * 2 ** 20;

/** Building 20 images of which none or one has changed, 8 that share stages, and a single one. */
export async function benchBuild(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  const stage = await setStage();
  try {
    const docker = await dockerConfig(stage, join(folder, 'docker'));
    const buildx = await buildxCommand().catch(() => undefined);
    const repository = (count: number) =>
      Repository.make(stage, join(folder, `${count}`), count, docker, buildx);

    const twenty = await repository(20);
    await measure([twenty.action('build')]);
    await measure([twenty.action('publish', { version: '1' })]);
    const reuse = twenty.action('build', { reuse: '7d' });
    const competitors = [
      always('towpath build, warm cache', [twenty.action('build')]),
      twenty.competitor('buildx bake, warm cache', [twenty.bake()]),
    ];
    await compare(
      '20 images, nothing changed',
      [always('towpath build, reuse', [reuse]), ...competitors],
      rounds,
    );
    const changed = [always('towpath build, reuse', [reuse]), ...competitors].map((one) =>
      before(one, twenty.change),
    );
    await compare('20 images, one changed', changed, rounds);

    const eight = await repository(8);
    const cold = [
      always('towpath build', [eight.action('build')]),
      eight.competitor('buildx bake', [eight.bake()]),
      // What a program for each image takes, compared with one bake for all.
      eight.competitor('8 buildx builds at once', eight.names.map(eight.plain), true),
      eight.competitor('8 buildx builds, one by one', eight.names.map(eight.plain)),
    ].map((one) => before(one, eight.forget));
    await compare('8 images that share a stage, cold', cold, rounds);

    const one = await repository(1);
    const single = [
      always('towpath build', [one.action('build')]),
      one.competitor('buildx build', one.names.map(one.plain)),
    ];
    await compare('1 image, warm cache', single, rounds);
  } finally {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function always(name: string, commands: readonly Command[], atOnce = false): Contender {
  return { name, run: () => measure(commands, atOnce) };
}

/** What comes before is not measured. */
function before({ name, run: act }: Contender, prepare: () => Promise<unknown>): Contender {
  if (act === undefined) return { name, run: undefined };
  return {
    name,
    run: async (round) => {
      await prepare();
      return act(round);
    },
  };
}

/** A repository with so many images that share a stage, and the ways to build them. */
class Repository {
  readonly names: readonly string[];
  readonly #folder: string;
  readonly #stage: Stage;
  readonly #env: Readonly<Record<string, string>>;
  readonly #buildx: readonly string[] | undefined;

  private constructor(
    stage: Stage,
    folder: string,
    count: number,
    docker: string,
    buildx: readonly string[] | undefined,
  ) {
    this.names = Array.from({ length: count }, (_, index) => `service-${index}`);
    this.#folder = folder;
    this.#stage = stage;
    this.#buildx = buildx;
    const builders = process.env.BUILDX_CONFIG ?? join(userDocker(), 'buildx');
    this.#env = { DOCKER_CONFIG: docker, BUILDX_CONFIG: builders, SOURCE_DATE_EPOCH: '315532800' };
  }

  static async make(
    stage: Stage,
    folder: string,
    count: number,
    docker: string,
    buildx: readonly string[] | undefined,
  ): Promise<Repository> {
    const repository = new Repository(stage, folder, count, docker, buildx);
    await repository.#write();
    return repository;
  }

  get #base(): string {
    return `${this.#stage.shared.host}/docker-hub/library/busybox:1.37`;
  }

  get #address(): string {
    return `docker-image://${hostOf(this.#stage)}/docker-hub/library/busybox:1.37`;
  }

  async #write(): Promise<void> {
    const checkout = await checkOut('exemplar', this.#folder);
    const dockerfile = [
      `FROM ${this.#base} AS shared`,
      'RUN i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo $i > /shared',
      // What a package manager would have fetched: it cannot be compressed any more.
      `RUN head -c ${dependencies} /dev/urandom > /dependencies`,
      'FROM shared',
      'COPY . /source',
      'RUN cat /source/* /shared > /bundle',
    ];
    const prefix = `bench-${this.names.length}`;
    for (const name of this.names) {
      await mkdir(join(this.#folder, name));
      for (let file = 0; file < sources.files; file += 1)
        await writeFile(
          join(this.#folder, name, `${file}.js`),
          `// ${name}\n`.padEnd(sources.bytes, `${file} `),
        );
      await writeFile(join(this.#folder, name, 'Dockerfile'), dockerfile.join('\n'));
      await this.#stage.shared.createRepository(`${prefix}/${name}`);
    }
    // Only what the ledger lists is reused.
    await this.#stage.shared.createRepository(`${prefix}/towpath`);
    const images = this.names.map((name) => `  ${name}: { context: ${name} }`);
    const lines = [`registry: ${this.#stage.shared.host}/${prefix}`, 'images:', ...images];
    await writeFile(join(this.#folder, 'towpath.yaml'), lines.join('\n'));
    await checkout.commit('Bench');
    const target = Object.fromEntries(
      this.names.map((name) => [
        name,
        {
          context: join(this.#folder, name),
          contexts: { [this.#base]: this.#address },
          output: [this.#output(name)],
        },
      ]),
    );
    await writeFile(
      `${this.#folder}.json`,
      JSON.stringify({ group: { default: { targets: this.names } }, target }),
    );
  }

  #output(name: string): string {
    return `type=oci,tar=false,rewrite-timestamp=true,dest=${join(`${this.#folder}-out`, name)}`;
  }

  /** The bundle of an action, as a step. */
  action(name: string, inputs: Readonly<Record<string, string>> = {}): Command {
    const given = Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]);
    return {
      program: process.execPath,
      args: [join(actions, name, 'dist/index.js')],
      env: {
        ...this.#stage.env,
        GITHUB_WORKSPACE: this.#folder,
        GITHUB_REPOSITORY: 'acme/bench',
        RUNNER_TEMP: `${this.#folder}-temp`,
        ...(Object.fromEntries(given) as Record<string, string>),
      },
    };
  }

  readonly bake = (): readonly string[] => [
    'bake',
    '--allow=fs=*',
    `--file=${this.#folder}.json`,
    '--progress=quiet',
  ];

  readonly plain = (name: string): readonly string[] => [
    'build',
    `--build-context=${this.#base}=${this.#address}`,
    `--output=${this.#output(name)}`,
    '--progress=quiet',
    join(this.#folder, name),
  ];

  /** Buildx by itself, where it is on this machine. */
  competitor(name: string, commands: readonly (readonly string[])[], atOnce = false): Contender {
    const [program, ...args] = this.#buildx ?? [];
    if (program === undefined) return { name, run: undefined };
    const competitor = always(
      name,
      commands.map((more) => ({ program, args: [...args, ...more], env: this.#env })),
      atOnce,
    );
    return before(competitor, this.#clear);
  }

  /** A job finds nothing of an earlier one. Buildx would leave out what is in its folder already. */
  readonly #clear = (): Promise<void> => rm(`${this.#folder}-out`, { recursive: true, force: true });

  readonly change = (): Promise<void> =>
    writeFile(join(this.#folder, this.names[0] ?? '', '0.js'), `${performance.now()}`);

  readonly forget = async (): Promise<void> => {
    const [program, ...args] = this.#buildx ?? [];
    if (program !== undefined) await run(program, [...args, 'prune', '--force', '--all']);
  };
}

export function hostOf({ emulator }: Stage): string {
  return new URL(emulator.registries[0]?.url ?? '').host;
}

function userDocker(): string {
  return process.env.DOCKER_CONFIG ?? join(homedir(), '.docker');
}

/** The user's Docker, logged in to the stage. */
export async function dockerConfig(stage: Stage, folder: string): Promise<string> {
  await mkdir(folder);
  const plugins = join(userDocker(), 'cli-plugins');
  if (existsSync(plugins)) await symlink(plugins, join(folder, 'cli-plugins'));
  const auth = Buffer.from(await stage.shared.login()).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [hostOf(stage)]: { auth } } }));
  return folder;
}
