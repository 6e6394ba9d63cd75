import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { ours } from './harness/emulator.ts';
import { startProcess } from './harness/process.ts';
import { temporaryFolder } from './harness/temporary-folder.ts';

const mebibyte = 1024 * 1024;
const size = 512 * mebibyte;

const onLinux = existsSync('/proc/self/status') ? test : test.skip;

/** Returns the peak memory of a process in MiB (proc(5), VmHWM). */
function peakOf(pid: number): number {
  const kibibytes = /VmHWM:\s+(?<size>\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups
    ?.size;
  return Number(kibibytes) / 1024;
}

async function* content(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(mebibyte).map((_, index) => (index * 31) % 251);
  for (let sent = 0; sent < size; sent += mebibyte) yield await Promise.resolve(chunk);
}

onLinux(
  'pushing and pulling 512 MiB keeps the emulator under 150 MiB',
  async () => {
    const { ready } = await startProcess('--data', await temporaryFolder());
    if (ready === undefined) throw new Error('the emulator did not start');
    const credentials = { accessKeyId: ours, secretAccessKey: 'not checked' };
    const ecr = new ECRClient({ endpoint: ready.api, region: 'us-east-1', credentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'big' }));
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand());
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken ?? ''}`;
    const url = ready.registries[0]?.url ?? '';

    const hash = createHash('sha256');
    for await (const chunk of content()) hash.update(chunk);
    const digest = `sha256:${hash.digest('hex')}`;
    const started = await fetch(`${url}/v2/big/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization },
    });
    const put = await fetch(`${started.headers.get('location') ?? ''}?digest=${digest}`, {
      method: 'PUT',
      headers: { authorization, 'content-length': String(size) },
      body: content(),
      duplex: 'half',
    });
    expect(put.status).toBe(201);
    expect(peakOf(ready.pid)).toBeLessThan(150);

    const pulled = createHash('sha256');
    const { body } = await fetch(`${url}/v2/big/blobs/${digest}`, { headers: { authorization } });
    for await (const chunk of body ?? []) pulled.update(chunk as Uint8Array);
    expect(`sha256:${pulled.digest('hex')}`).toBe(digest);
    expect(peakOf(ready.pid)).toBeLessThan(150);
  },
  300_000,
);
