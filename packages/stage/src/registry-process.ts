import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A third-party registry in a separate local process. */
export interface RegistryProcess extends AsyncDisposable {
  readonly url: string;
  /** The host in image references: `127.0.0.1:PORT`. */
  readonly host: string;
}

/**
 * Starts CNCF distribution, which stores its data in the folder. It supports mounting, tokens and redirects, but
 * not the referrers API.
 *
 * @param folder for its data
 * @param configuration in addition to storage and address (distribution, "Configuring a registry")
 */
export async function startDistribution(
  folder: string,
  configuration: object = {},
): Promise<RegistryProcess> {
  const port = await freePort();
  const file = join(folder, 'distribution.json');
  await mkdir(folder, { recursive: true });
  const own = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: `127.0.0.1:${port}` },
  };
  // JSON is valid YAML.
  await writeFile(file, JSON.stringify({ ...own, ...configuration }));
  return start('docker-registry', ['serve', file], port);
}

/** Starts olareg, which stores its data in memory and supports the referrers API. */
export async function startOlareg(): Promise<RegistryProcess> {
  const port = await freePort();
  return start('olareg', ['serve', '--addr', '127.0.0.1', '--port', `${port}`, '--store-type', 'mem'], port);
}

/** @throws Error with its output if it exits before it responds */
async function start(program: string, args: readonly string[], port: number): Promise<RegistryProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
  const over = new AbortController();
  const ended = once(child, 'exit').finally(() => {
    over.abort(new Error(`${program} did not start:\n${said.join('')}`));
  });
  const host = `127.0.0.1:${port}`;
  await Promise.race([answers(`http://${host}/v2/`, over.signal), ended]);
  over.signal.throwIfAborted();
  return {
    url: `http://${host}`,
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Finds a free port, because not every registry reports the port that it was assigned. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const response = await fetch(url).catch(() => undefined);
    await response?.body?.cancel();
    if (response !== undefined) return;
    await setTimeout(20);
  }
}
