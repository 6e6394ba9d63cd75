import { startBuilder, type OwnBuilder } from '@towpath/e2e/builder';
import { buildx, buildxCommand, setStage } from '@towpath/stage';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dockerConfig, hostOf } from './build.ts';
import { compare, cpuOfDaemon, measure, type Contender, type Measure } from './measure.ts';

/** Bytes of packages in a layer that all images share: they cannot be compressed. */
const dependencies = 12 * 2 ** 20;

/** In milliseconds: within a data centre, to a near region, and to a far one. */
const roundTrips = [0, 10, 80];

/** Clients that build an image each at the same time: on one buildkitd for all, and on one for each. */
export async function benchFleet(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bf-'));
  const stage = await setStage();
  try {
    const address = `${hostOf(stage)}/docker-hub/library/busybox:1.37`;
    const env = {
      DOCKER_CONFIG: await dockerConfig(stage, join(folder, 'docker')),
      BUILDX_CONFIG: process.env.BUILDX_CONFIG ?? join(homedir(), '.docker/buildx'),
    };
    for (const clients of [2, 4, 8]) {
      const one = await Fleet.start(join(folder, `1-${clients}`), { daemons: 1, clients, address, env });
      const each = await Fleet.start(join(folder, `n-${clients}`), {
        daemons: clients,
        clients,
        address,
        env,
      });
      const contenders = [one.contender('one buildkitd'), each.contender('one buildkitd each')];
      const cold = contenders.map((fleet) => fleet.cold);
      await compare(`${clients} clients, empty caches`, cold, rounds);
      const warm = contenders.map((fleet) => fleet.warm);
      await compare(`${clients} clients, a source file of each image changed`, warm, rounds);
      await Promise.all([one.stop(), each.stop()]);
    }
    const far = await Promise.all(
      roundTrips.map(async (roundTrip) => {
        const place = join(folder, `far-${roundTrip}`);
        return {
          roundTrip,
          fleet: await Fleet.start(place, { daemons: 1, clients: 2, address, env, roundTrip }),
        };
      }),
    );
    const named = far.map(({ roundTrip, fleet }) => fleet.contender(`round trip of ${roundTrip} ms`));
    await compare(
      '2 clients of one distant buildkitd, empty caches',
      named.map((one) => one.cold),
      rounds,
    );
    await compare(
      '2 clients of one distant buildkitd, a source file changed',
      named.map((one) => one.warm),
      rounds,
    );
    await Promise.all(far.map(({ fleet }) => fleet.stop()));
  } finally {
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface FleetOptions {
  readonly daemons: number;
  readonly clients: number;
  /** The base image. */
  readonly address: string;
  readonly env: Readonly<Record<string, string>>;
  /** Between the clients and the daemons, in milliseconds. */
  readonly roundTrip?: number;
}

/** Daemons behind a network, and clients that are spread over them. */
class Fleet {
  readonly #folder: string;
  readonly #options: FleetOptions;
  readonly #daemons: readonly OwnBuilder[];
  readonly #networks: readonly Network[];
  #changes = 0;

  private constructor(
    folder: string,
    options: FleetOptions,
    daemons: readonly OwnBuilder[],
    networks: readonly Network[],
  ) {
    this.#folder = folder;
    this.#options = options;
    this.#daemons = daemons;
    this.#networks = networks;
  }

  static async start(folder: string, options: FleetOptions): Promise<Fleet> {
    const numbers = Array.from({ length: options.daemons }, (_, index) => index);
    const daemons = await Promise.all(numbers.map((index) => startBuilder(join(folder, `${index}`), {})));
    const networks = await Promise.all(
      daemons.map(({ socket }) => Network.open(socket, (options.roundTrip ?? 0) / 2)),
    );
    for (const [index, { port }] of networks.entries())
      await buildx(
        'create',
        '--name',
        nameOf(daemons[index]),
        '--driver',
        'remote',
        `tcp://127.0.0.1:${port}`,
      );
    const fleet = new Fleet(folder, options, daemons, networks);
    await fleet.#write();
    return fleet;
  }

  contender(name: string): { readonly cold: Contender; readonly warm: Contender } {
    return {
      cold: {
        name,
        run: async () => {
          for (const daemon of this.#daemons)
            await buildx('prune', '--builder', nameOf(daemon), '--force', '--all');
          return this.#build();
        },
      },
      warm: {
        name,
        run: async () => {
          await this.#change();
          return this.#build();
        },
      },
    };
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons) await buildx('rm', nameOf(daemon));
    await Promise.all(this.#networks.map((network) => network.close()));
    await Promise.all(this.#daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
  }

  get #clients(): readonly number[] {
    return Array.from({ length: this.#options.clients }, (_, index) => index);
  }

  async #write(): Promise<void> {
    const dockerfile = [
      'FROM base AS shared',
      'RUN i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done; echo $i > /shared',
      `RUN head -c ${dependencies} /dev/urandom > /dependencies`,
      'FROM shared',
      'COPY . /source',
      'RUN cat /source/* /shared > /bundle',
    ];
    for (const client of this.#clients) {
      const context = join(this.#folder, `client-${client}`);
      await mkdir(context, { recursive: true });
      await writeFile(join(context, 'Dockerfile'), dockerfile.join('\n'));
      for (let file = 0; file < 150; file += 1)
        await writeFile(join(context, `${file}.js`), `// ${client}\n`.padEnd(6 * 1024, `${file} `));
    }
  }

  async #change(): Promise<void> {
    this.#changes += 1;
    for (const client of this.#clients)
      await writeFile(join(this.#folder, `client-${client}`, '0.js'), `${this.#changes}`);
  }

  async #build(): Promise<Measure> {
    const [program, ...first] = await buildxCommand();
    const { address, env } = this.#options;
    const [cpu, bytes] = [this.#cpu(), this.#bytes()];
    const measured = await measure(
      this.#clients.map((client) => ({
        program,
        args: [
          ...[...first, 'build', '--builder', nameOf(this.#daemons[client % this.#daemons.length])],
          ...[`--build-context=base=docker-image://${address}`, '--progress=quiet'],
          `--output=type=oci,dest=${join(this.#folder, `client-${client}.tar`)}`,
          join(this.#folder, `client-${client}`),
        ],
        env,
      })),
      true,
    );
    return { ...measured, cpu: measured.cpu + this.#cpu() - cpu, bytes: this.#bytes() - bytes };
  }

  #cpu(): number {
    return this.#daemons.reduce((sum, { pid }) => sum + cpuOfDaemon(pid), 0);
  }

  #bytes(): number {
    return this.#networks.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

function nameOf(daemon: OwnBuilder | undefined): string {
  return `${daemon?.name ?? ''}-far`;
}

/** A TCP address of a socket, with a delay in both directions. */
class Network {
  readonly port: number;
  /** In both directions. */
  bytes = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(socket: string, delay: number): Promise<Network> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the network has no port');
    const network = new Network(server, address.port);
    server.on('connection', (client) => {
      network.#connect(client, connect(socket), delay);
    });
    return network;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connect(client: Socket, daemon: Socket, delay: number): void {
    for (const socket of [client, daemon]) {
      this.#open.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => this.#open.delete(socket));
    }
    for (const [from, to] of [
      [client, daemon],
      [daemon, client],
    ] as const)
      // A connection that a program ends abruptly is not an error of the measurement: the program reports it.
      pipeline(from, this.#delayed(delay), to).catch(() => {
        from.destroy();
        to.destroy();
      });
  }

  /** Passes each chunk on after the delay. Chunks do not wait for each other: the bandwidth is not limited. */
  #delayed(delay: number): Transform {
    const stream = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.bytes += chunk.length;
        setTimeout(() => stream.push(chunk), delay);
        done();
      },
      flush: (done) => setTimeout(done, delay),
    });
    return stream;
  }
}
