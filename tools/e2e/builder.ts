import { buildkitdConfiguration } from '@towpath/setup';
import { buildx, certificate } from '@towpath/stage';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A BuildKit of a test's own, and the buildx builder that leads to it. */
export interface OwnBuilder extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly socket: string;
  /** What it keeps of the builds that it has done, as anyone sees it who may use it. */
  records(): Promise<string>;
}

/**
 * Starts a buildkitd that trusts the tests' certificate, and whose RUN steps have this machine's network.
 *
 * @param folder for all that it keeps; short, for a socket's path may not be longer than 107 bytes (unix(7))
 * @param env for its own connections
 * @param settings lines of its configuration, beside those of every test
 */
export async function startBuilder(
  folder: string,
  env: Readonly<Record<string, string>>,
  settings = '',
): Promise<OwnBuilder> {
  const socket = join(folder, 'buildkitd.sock');
  const config = join(folder, 'buildkitd.toml');
  await mkdir(folder, { recursive: true });
  await writeFile(config, `${buildkitdConfiguration(folder, socket)}${settings}`);
  const child = spawn('buildkitd', ['--config', config], {
    // Debian's runc is in /usr/sbin.
    env: {
      ...process.env,
      PATH: [process.env.PATH, '/usr/sbin'].join(delimiter),
      SSL_CERT_FILE: certificate.file,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (data: Buffer) => said.push(data.toString()));
  const ended = once(child, 'exit');
  await Promise.race([
    appears(socket),
    ended.then(() => Promise.reject(new Error(`buildkitd did not start:\n${said.join('')}`))),
  ]);
  const { pid = 0 } = child;
  const name = `towpath-${pid}`;
  await buildx('create', '--name', name, '--driver', 'remote', `unix://${socket}`);
  return {
    name,
    pid,
    socket,
    records: async () => {
      const list = await buildx('history', 'ls', '--builder', name, '--format={{.Ref}}');
      const ids = list.split('\n').filter(Boolean);
      const shown = ids.map((id) => buildx('history', 'inspect', '--builder', name, id));
      return (await Promise.all(shown)).join('\n');
    },
    [Symbol.asyncDispose]: async () => {
      await buildx('rm', name);
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await setTimeout(20);
}
