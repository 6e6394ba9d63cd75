import { describe, expect, test } from '@jest/globals';
import { digestOf } from '@towpath/reference';
import { Session } from '@towpath/session';
import { fakeRuntime } from '@towpath/testing/fake-runtime';
import { resolveBases } from './resolve-bases.ts';

const labels = { 'moby.buildkit.frontend.caps': 'moby.buildkit.frontend.subrequests' };
const host = '111122223333.dkr.ecr.us-east-1.amazonaws.com';
const credentials = new Map([[host, { username: 'AWS', password: 'a token' }]]);
const found = digestOf('frontend');
const pinned = digestOf('pinned');

/** Resolves names from the text that buildx prints; undefined: buildx cannot reach the registry. */
function resolveNames(names: readonly string[], frontends: readonly string[], printed: string | undefined) {
  const exec = () =>
    Promise.resolve(
      printed === undefined
        ? { exitCode: 1, stdout: '', stderr: 'ERROR: no route to host' }
        : { exitCode: 0, stdout: printed, stderr: '' },
    );
  const runtime = { ...fakeRuntime(), exec };
  return resolveBases(
    { names: new Set(names), frontends: new Set(frontends) },
    { sources: { caches: [], endpoints: new Map() }, logins: [], credentials, withheld: [] },
    {
      buildx: { program: 'buildx', args: [] },
      docker: { folder: '/nowhere', entries: [], content: {} },
      session: new Session(runtime),
    },
    runtime,
  );
}

const config = { os: 'linux', architecture: 'amd64', config: { Labels: labels } };
const inspected = `"${found}" ${JSON.stringify(config)}`;

describe('resolving a frontend', () => {
  test('reads its labels, even if another spelling of it is a base image and its registry needs a login', async () => {
    const names = [`${host}/frontend`, `${host}/frontend:latest`];
    const resolved = await resolveNames(names, names.slice(1), inspected);
    for (const name of names) expect(resolved.get(name)).toMatchObject({ digest: found, labels });
  });

  test('takes the digest from the name if its labels cannot be read', async () => {
    const name = `docker/dockerfile:1@${pinned}`;
    expect(await resolveNames([name], [name], undefined)).toEqual(new Map([[name, { digest: pinned }]]));
    expect((await resolveNames([name], [name], inspected)).get(name)).toMatchObject({ labels });
  });

  test('omits a frontend that cannot be resolved', async () => {
    expect(await resolveNames(['docker/dockerfile:1'], ['docker/dockerfile:1'], undefined)).toEqual(
      new Map(),
    );
  });
});
