import { mediaTypes, parseEndpoints, type Descriptor, Layout } from '@towpath/oci';
import { blobPath, putBlob, putJson, writeIndex } from '@towpath/setup/oci-layout';
import { Account, pushImage, startEmulator, type EmulatorProcess } from '@towpath/stage';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { measure, measureRequests, type Command, type Contender, type Measure } from './measure.ts';
import { tarOf } from './tar.ts';

const accounts = ['111122223333', '444455556666'] as const;
const bundle = fileURLToPath(new URL('../../actions/promote/dist/index.js', import.meta.url));
/** The repository of the images for three platforms. */
export const repository = 'bench/web';
const platforms = ['amd64', 'arm64', 'riscv64'];
const kibibyte = 1024;

/** Where an image is promoted to: its own repository, another one, or one of another account. */
export type Target = 'same' | 'other' | 'account';

/** Runs a benchmark with two accounts, which are removed afterwards. */
export async function inField(
  options: { readonly quotas?: boolean },
  act: (field: Field) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  const emulator = await startEmulator({ data: join(folder, 'ecr'), accounts, ...options });
  try {
    await act(new Field(emulator, folder));
  } finally {
    await emulator.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Two accounts whose registries count, and what contenders need to use them. */
export class Field {
  readonly shared: Account;
  readonly prod: Account;
  readonly #emulator: EmulatorProcess;
  readonly #folder: string;
  readonly #layout: string;
  /** The roots of the published versions. */
  readonly #roots = new Map<string, Descriptor>();

  constructor(emulator: EmulatorProcess, folder: string) {
    this.#emulator = emulator;
    this.#folder = folder;
    this.#layout = join(folder, 'layout');
    mkdirSync(this.#layout, { recursive: true });
    [this.shared, this.prod] = [
      new Account(accounts[0], emulator.api),
      new Account(accounts[1], emulator.api),
    ];
  }

  async slow(latencyMs: number): Promise<void> {
    await fetch(`${this.#emulator.api}/_emulator/faults`, { method: 'DELETE' });
    if (latencyMs > 0) await this.#emulator.addFault({ kind: 'slow', latencyMs, times: 0 });
  }

  /** Publishes versions of an image for three platforms. They share four of five layers. */
  async publish(name: string, versions: readonly string[]): Promise<void> {
    await this.shared.createRepository(name, 'MUTABLE', { scanOnPush: false });
    const base = platforms.map(() =>
      Array.from({ length: 4 }, (_, index) => this.#layer(randomBytes((index + 1) * 512 * kibibyte))),
    );
    for (const version of versions) {
      const manifests = platforms.map((architecture, index) => ({
        ...this.#image(architecture, [...(base[index] ?? []), this.#layer(randomBytes(256 * kibibyte))]),
        platform: { os: 'linux', architecture },
      }));
      const root = this.#put(mediaTypes.ociIndex, {
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests,
      });
      this.#roots.set(version, root);
      await this.#push(this.shared, name, root, `build-${version}`);
    }
  }

  async publishSmall(names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.shared.createRepository(name, 'MUTABLE', { scanOnPush: false });
      const root = this.#image('amd64', [this.#layer(randomBytes(kibibyte))]);
      await this.#push(this.shared, name, root, 'build-1.1.0');
    }
  }

  /** Publishes an image with a layer of so many MiB, of nothing but holes on the disk. */
  async publishGiant(size: number): Promise<void> {
    await this.shared.createRepository(repository, 'MUTABLE', { scanOnPush: false });
    const path = join(this.#folder, 'giant');
    const file = await open(path, 'w');
    await file.truncate(size * kibibyte * kibibyte);
    await file.close();
    const hasher = createHash('sha256');
    await pipeline(createReadStream(path), hasher);
    const digest = `sha256:${hasher.digest('hex')}` as Descriptor['digest'];
    await mkdir(dirname(blobPath(this.#layout, digest)), { recursive: true });
    await rename(path, blobPath(this.#layout, digest));
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest,
      size: size * kibibyte * kibibyte,
    };
    const root = this.#image('amd64', [layer]);
    await this.#push(this.shared, repository, root, 'build-1.1.0');
  }

  #layer(bytes: Buffer): Descriptor {
    const { digest, size } = putBlob(this.#layout, 'application/vnd.oci.image.layer.v1.tar', tarOf(bytes));
    return {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: digest as Descriptor['digest'],
      size,
    };
  }

  #image(architecture: string, layers: readonly Descriptor[]): Descriptor {
    const config = this.#put('application/vnd.oci.image.config.v1+json', {
      ...{ os: 'linux', architecture, config: {} },
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    });
    return this.#put(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers,
    });
  }

  #put(mediaType: string, content: object): Descriptor {
    const { digest, size } = putJson(this.#layout, mediaType, content);
    return { mediaType, digest: digest as Descriptor['digest'], size };
  }

  async #push(account: Account, name: string, root: Descriptor, tag: string): Promise<void> {
    writeIndex(this.#layout, [root]);
    const endpoints = parseEndpoints(JSON.stringify(this.#endpoints()));
    await pushImage(new Layout(this.#layout), root, { account, endpoints, repository: name, tag });
  }

  #endpoints(): Record<string, string> {
    return { [this.shared.host]: this.#url(accounts[0]), [this.prod.host]: this.#url(accounts[1]) };
  }

  #url(account: string): string {
    return this.#emulator.registries.find((one) => one.account === account)?.url ?? '';
  }

  /** Creates the repository of a round in production, with the version before. */
  async #prepare(name: string, account: Account): Promise<void> {
    await account.createRepository(name, 'MUTABLE', { scanOnPush: false });
    if (account === this.prod) await account.admit(this.shared, name);
    const before = this.#roots.get('1.0.0');
    if (account === this.prod && before !== undefined) await this.#push(account, name, before, 'prod-1.0.0');
  }

  async promote(target: Target, round: string): Promise<Measure> {
    const name = `bench-${round}/web`;
    if (target !== 'same') await this.#prepare(name, target === 'other' ? this.shared : this.prod);
    const to = {
      same: '',
      other: `, repository: "${name}"`,
      account: `, registry: ${this.prod.host}, repository: "${name}"`,
    };
    const environment = `e${createHash('sha256').update(round).digest('hex').slice(0, 8)}`;
    const command = await this.#action(
      ['web'],
      `${environment}: { from: build, gate: off, tags: ["{environment}-{version}"]${to[target]} }`,
      environment,
    );
    return this.#counted('towpath promote', () => measure([command]));
  }

  async promoteAll(names: readonly string[]): Promise<Measure> {
    for (const name of names) await this.#prepare(name, this.prod);
    return this.#promoteSet(names, `prod: { from: build, gate: off, registry: ${this.prod.host} }`, 'prod');
  }

  async #promoteSet(names: readonly string[], environment: string, target: string): Promise<Measure> {
    const images = names.map((name) => name.replace('bench/', ''));
    const command = await this.#action(images, environment, target);
    return this.#counted('towpath promote', () => measure([command]));
  }

  /** Publishes images for one platform that share a base. */
  async publishServices(count: number): Promise<readonly string[]> {
    const base = [this.#layer(randomBytes(12 * 2 ** 20)), this.#layer(randomBytes(4 * 2 ** 20))];
    const names = Array.from({ length: count }, (_, index) => `bench/service-${index}`);
    for (const name of names) {
      await this.shared.createRepository(name, 'MUTABLE', { scanOnPush: false });
      const root = this.#image('amd64', [...base, this.#layer(randomBytes(2 ** 20))]);
      await this.#push(this.shared, name, root, 'build-1.1.0');
    }
    return names;
  }

  /**
   * Everybody who can promote a set of images, all at once.
   *
   * @param mark makes the tags and repositories of these rounds different from others
   */
  async setContenders(
    names: readonly string[],
    target: Exclude<Target, 'other'>,
    mark: string,
  ): Promise<readonly Contender[]> {
    const { hosts, crane, regctl } = await this.#clients();
    const isSame = target === 'same';
    const targetOf = async (name: string, round: string): Promise<string> => {
      if (isSame) return `${hosts.source}/${name}:${round}-1.1.0`;
      const own = name.replace('bench/', `${round}/`);
      await this.#prepare(own, this.prod);
      return `${hosts.target}/${own}:prod-1.1.0`;
    };
    const other = (program: string, commandOf: (from: string, to: string) => Command) => ({
      program,
      name: `${program}, all at once`,
      run: async (round: number): Promise<Measure> => {
        const commands: Command[] = [];
        for (const name of names) {
          const to = await targetOf(name, `${mark}-${program}-${round}`);
          commands.push(commandOf(`${hosts.source}/${name}:build-1.1.0`, to));
        }
        return this.#counted(program, () => measure(commands, true));
      },
    });
    const tagged = (from: string, to: string): Command =>
      isSame
        ? { ...crane, args: ['--insecure', 'tag', from, to.slice(to.lastIndexOf(':') + 1)] }
        : copied(from, to);
    const copied = (from: string, to: string): Command => ({
      ...crane,
      args: ['--insecure', 'copy', from, to],
    });
    const others = [
      other('crane', tagged),
      other('regctl', (from, to) => ({ ...regctl, args: ['image', 'copy', from, to] })),
    ];
    const run = async (round: number): Promise<Measure> => {
      const own = `${mark}-towpath-${round}`;
      if (!isSame) for (const name of names) await targetOf(name, own);
      const registry = isSame ? '' : `, registry: ${this.prod.host}, repository: "${own}/{image}"`;
      const environment = `${own}: { from: build, gate: off, tags: ["{environment}-{version}"]${registry} }`;
      return this.#promoteSet(names, environment, own);
    };
    const found = others.map(async ({ program, ...one }) =>
      (await isInstalled(program)) ? one : { ...one, run: undefined },
    );
    return [{ name: 'towpath promote', run }, ...(await Promise.all(found))];
  }

  async #action(images: readonly string[], environment: string, target: string): Promise<Command> {
    const workspace = join(this.#folder, 'workspace');
    await mkdir(workspace, { recursive: true });
    const config = [
      `registry: ${this.shared.host}/bench`,
      'ledger: off',
      'images:',
      ...images.map((name) => `  ${name}: {}`),
      'environments:',
      `  ${environment}`,
    ];
    await writeFile(join(workspace, 'towpath.yaml'), config.join('\n'));
    for (const file of ['output', 'summary']) await writeFile(join(workspace, file), '');
    const env = {
      ...this.shared.credentials,
      AWS_ENDPOINT_URL: this.#emulator.api,
      TOWPATH_REGISTRY_ENDPOINTS: JSON.stringify(this.#endpoints()),
      INPUT_VERSION: '1.1.0',
      'INPUT_TARGET-ENVIRONMENT': target,
      INPUT_IMAGES: 'any',
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: workspace,
      GITHUB_OUTPUT: join(workspace, 'output'),
      GITHUB_STEP_SUMMARY: join(workspace, 'summary'),
    };
    return { program: process.execPath, args: [bundle], env };
  }

  #counted(name: string, act: () => Promise<Measure>): Promise<Measure> {
    return measureRequests(name, this.#emulator, act);
  }

  /** Everybody who can copy an image between two registries. */
  async contenders(name: string): Promise<readonly Contender[]> {
    const { hosts, logins, crane, regctl } = await this.#clients();
    const others: [string, (from: string, to: string) => Command][] = [
      ['crane copy', (from, to) => ({ ...crane, args: ['--insecure', 'copy', from, to] })],
      ['regctl image copy', (from, to) => ({ ...regctl, args: ['image', 'copy', from, to] })],
      ['skopeo copy', (from, to) => skopeo(logins, from, to)],
    ];
    const found = others.map(async ([contender, command]): Promise<Contender> => {
      const program = contender.split(' ')[0] ?? '';
      const run = async (round: number): Promise<Measure> => {
        const own = `bench-${name}-${program}-${round}/web`;
        await this.#prepare(own, this.prod);
        const made = command(
          `${hosts.source}/${repository}:build-1.1.0`,
          `${hosts.target}/${own}:prod-1.1.0`,
        );
        return this.#counted(contender, () => measure([made]));
      };
      return { name: contender, run: (await isInstalled(program)) ? run : undefined };
    });
    const run = (round: number) => this.promote('account', `${name}-towpath-${round}`);
    return [{ name: 'towpath promote', run }, ...(await Promise.all(found)), await this.#docker(name, hosts)];
  }

  /**
   * `docker pull`, `docker tag` and `docker push`, if a daemon responds. It copies one platform only. The image is removed
   * before each round, so that its layers are pulled.
   */
  async #docker(name: string, hosts: Pair): Promise<Contender> {
    const docker = (...args: readonly string[]): Command => ({
      program: 'docker',
      args,
      env: { DOCKER_CONFIG: join(this.#folder, 'docker') },
    });
    const contender = 'docker pull, tag, push';
    const from = `${hosts.source}/${repository}:build-1.1.0`;
    const run = async (round: number): Promise<Measure> => {
      const own = `bench-${name}-docker-${round}/web`;
      await this.#prepare(own, this.prod);
      const to = `${hosts.target}/${own}:prod-1.1.0`;
      const steps = [docker('pull', from), docker('tag', from, to), docker('push', to)];
      const measured = await this.#counted(contender, () => measure(steps));
      await measure([docker('rmi', from, to)]);
      return measured;
    };
    return { name: contender, run: (await isInstalled('docker')) ? run : undefined };
  }

  /** The other programs, logged in to both registries. */
  async #clients(): Promise<{
    readonly logins: Pair;
    readonly hosts: Pair;
    readonly crane: Command;
    readonly regctl: Command;
  }> {
    const logins = { source: await this.shared.login(), target: await this.prod.login() };
    const hosts = {
      source: new URL(this.#url(accounts[0])).host,
      target: new URL(this.#url(accounts[1])).host,
    };
    const folder = join(this.#folder, 'docker');
    await mkdir(folder, { recursive: true });
    const auth = (login: string) => ({ auth: Buffer.from(login).toString('base64') });
    const auths = { [hosts.source]: auth(logins.source), [hosts.target]: auth(logins.target) };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    const file = join(this.#folder, 'regctl.json');
    const host = (hostname: string, login: string) => {
      const [user = '', pass = ''] = login.split(':');
      return { tls: 'disabled', hostname, user, pass };
    };
    const known = {
      [hosts.source]: host(hosts.source, logins.source),
      [hosts.target]: host(hosts.target, logins.target),
    };
    await writeFile(file, JSON.stringify({ hosts: known }));
    return {
      logins,
      hosts,
      crane: { program: 'crane', args: [], env: { DOCKER_CONFIG: folder } },
      regctl: { program: 'regctl', args: [], env: { REGCTL_CONFIG: file } },
    };
  }
}

function isInstalled(program: string): Promise<boolean> {
  return promisify(execFile)(program, [program === 'skopeo' ? '--version' : 'version']).then(
    () => true,
    () => false,
  );
}

interface Pair {
  readonly source: string;
  readonly target: string;
}

function skopeo(logins: Pair, from: string, to: string): Command {
  const options = [
    'copy',
    '--all',
    '--preserve-digests',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
  ];
  const credentials = ['--src-creds', logins.source, '--dest-creds', logins.target];
  return { program: 'skopeo', args: [...options, ...credentials, `docker://${from}`, `docker://${to}`] };
}
