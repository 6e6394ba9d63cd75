import { expect, test } from '@jest/globals';
import { readImageSet } from '@towpath/image-set';
import { Layout } from '@towpath/oci';
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLinesDuring } from './command-lines.ts';
import { filesWith } from './files-with.ts';
import { begin, green } from './scene.ts';

const busybox = '111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub/library/busybox:1.37';

const config = `images:
  web:
    context: web
    target: wanted
    args: { WHO: written, TEAM: payroll }
    contexts: { lib: shared/lib }
    secrets: { token: { env: NPM_TOKEN }, netrc: { file: ci/netrc } }
    ssh: ["deploy=ci/key"]
    labels: { team: a b }
    annotations: { org.opencontainers.image.title: Web }
    network: none
    add-hosts: { ledger: 192.0.2.7 }
    shm-size: 32m
    ulimits: { nofile: 1000:2000 }
`;

/** Returns a Dockerfile whose build fails if an option of the configuration has no effect. */
function dockerfile(token: string, netrc: string): string {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  return `FROM ${busybox} AS wanted
ARG WHO TEAM
COPY --from=lib lib.txt /
RUN --mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=netrc \\
  test "$(printf %s "$TOKEN" | sha256sum)" = "${hash(token)}  -" && \\
  test "$(sha256sum < /run/secrets/netrc)" = "${hash(netrc)}  -" && echo "the token is $TOKEN"
RUN --mount=type=ssh,id=deploy test -S "$SSH_AUTH_SOCK"
RUN test "$WHO $TEAM" = "given payroll" && grep -q "192.0.2.7.*ledger" /etc/hosts && \\
  test "$(ulimit -n)" = 1000 && df -m /dev/shm | grep -q " 32 " && test "$(ls /sys/class/net)" = lo
FROM scratch
COPY nowhere /
`;
}

test('build applies all options of the configuration and exposes no secret', async () => {
  const { checkout, step, temp } = await begin();
  const token = randomBytes(16).toString('hex');
  const netrc = `machine ledger login tug password ${randomBytes(16).toString('hex')}\n`;
  const { privateKey } = generateKeyPairSync('ed25519');
  const files = {
    'towpath.yaml': config,
    'web/Dockerfile': dockerfile(token, netrc),
    'shared/lib/lib.txt': 'of another folder',
    'ci/netrc': netrc,
    'ci/key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  for (const folder of ['shared/lib', 'ci']) await mkdir(join(checkout.folder, folder), { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(checkout.folder, path), text);
  await chmod(join(checkout.folder, 'ci/key'), 0o600);

  const inputs = { 'build-args': '"WHO=given"' };
  const [result, commandLines] = await commandLinesDuring(async () =>
    green(await step('build', inputs, { env: { NPM_TOKEN: token } })),
  );
  expect(result.log).toContain('the token is ***');
  const visible = [result.log, result.summary, JSON.stringify(result.outputs), ...commandLines].join('\n');
  for (const secret of [token, netrc.trim()]) expect(visible).not.toContain(secret);
  expect(await filesWith(temp, [token, netrc])).toEqual([]);

  const layout = new Layout(join(temp, 'towpath'));
  const [image] = (await readImageSet(layout.folder)).images;
  if (image === undefined) throw new Error('no image was built');
  const manifest = await layout.manifest(image);
  if (manifest.kind !== 'image') throw new Error('the image has more than one platform');
  expect(manifest.annotations['org.opencontainers.image.title']).toBe('Web');
  const built = JSON.parse(await readFile(layout.blobPath(manifest.config.digest), 'utf8')) as {
    readonly config: { readonly Labels: object };
  };
  // The labels contain no version, so several versions can have the same digest.
  expect(built).toMatchObject({ created: '1980-01-01T00:00:00Z' });
  expect(built.config.Labels).toEqual({ team: 'a b' });
  expect(image.labels).toEqual({ team: 'a b' });
});

// Programs do not inherit SNYK_TOKEN, but the configuration gives it to this build.
test('masks secrets in the log and the outputs if a step prints them and fails', async () => {
  const { checkout, step } = await begin();
  const lines = Array.from({ length: 3 }, () => randomBytes(8).toString('hex'));
  const [first, second, password] = lines;
  const mounts = '--mount=type=secret,id=token,env=TOKEN --mount=type=secret,id=netrc';
  const text = `FROM ${busybox}\nRUN ${mounts} echo "$TOKEN" && cat /run/secrets/netrc && false\n`;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), text);
  const secrets = '{ token: { env: SNYK_TOKEN }, netrc: { file: netrc } }';
  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `images: { reconcile: { context: job, secrets: ${secrets} } }\n`,
  );
  await writeFile(join(checkout.folder, 'netrc'), `login towpath\n  password ${password}\n`);
  const { outputs, summary, log } = await step('build', {}, { env: { SNYK_TOKEN: `${first}\n${second}` } });
  expect(outputs['failure-reason']).toBe('build-failed');
  expect(log).toContain('***');
  for (const line of lines) expect([log, summary, JSON.stringify(outputs)].join('\n')).not.toContain(line);
});

test('does not mask a secret that is short or a common word, and reports it in a notice', async () => {
  const { checkout, step } = await begin();
  const mounts = ['stage', 'debug', 'npm'].map((id) => `--mount=type=secret,id=${id},env=${id}`).join(' ');
  const text = `FROM ${busybox}\nRUN ${mounts} echo "this is $stage, not $debug, by $npm" && echo ${randomUUID()} > /new\n`;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), text);
  const secrets = '{ stage: { env: STAGE }, debug: { env: DEBUGGED }, npm: { env: NPM_TOKEN } }';
  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `images: { reconcile: { context: job, secrets: ${secrets} } }\n`,
  );
  const env = { STAGE: 'application', DEBUGGED: 'oci', NPM_TOKEN: 'npm_0123456789' };
  const { log, masks, outputs, annotations } = green(await step('build', {}, { env }));
  expect(log).toContain('this is application, not oci, by ***');
  expect([...masks].filter((mask) => outputs.images?.includes(mask))).toEqual([]);
  const notices = annotations.filter(({ message }) => message.includes('does not mask'));
  expect(notices).toEqual([
    expect.objectContaining({ level: 'notice', message: expect.stringContaining('stage, debug') as unknown }),
  ]);
});

test('the input secrets overrides the environment, and its secrets are masked', async () => {
  const { checkout, step } = await begin();
  const [given, other] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  const check = `test "$(printf %s "$TOKEN" | sha256sum)" = "${createHash('sha256').update(given).digest('hex')}  -"`;
  const run = `--mount=type=secret,id=token,env=TOKEN echo "the token is $TOKEN" && ${check}`;
  await writeFile(join(checkout.folder, 'job/Dockerfile'), `FROM ${busybox}\nRUN ${run}\n`);
  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    'images: { reconcile: { context: job, secrets: { token: { env: NPM_TOKEN } } } }\n',
  );
  const { log } = green(
    await step('build', { secrets: `NPM_TOKEN=${given}` }, { env: { NPM_TOKEN: other } }),
  );
  expect(log).toContain('the token is ***');
  expect(log).not.toContain(given);
});

test('sets the times of an image by source-date-epoch, and to 1980 by default', async () => {
  const { checkout, step, temp } = await begin();
  await writeFile(join(checkout.folder, 'job/Dockerfile'), 'FROM scratch\nCOPY reconcile.sh /\n');
  const layout = new Layout(join(temp, 'towpath'));
  const buildWith = async (line: string) => {
    const text = `images: { reconcile: { context: job } }\n${line}\n`;
    await writeFile(join(checkout.folder, 'towpath.yaml'), text);
    green(await step('build', { attestations: 'none' }));
    const [image] = (await readImageSet(layout.folder)).images;
    if (image === undefined) throw new Error('no image was built');
    const manifest = await layout.manifest(image);
    if (manifest.kind !== 'image') throw new Error('the image has more than one platform');
    const config = JSON.parse(await readFile(layout.blobPath(manifest.config.digest), 'utf8')) as {
      readonly created: string;
    };
    return { created: config.created, commit: manifest.annotations['org.opencontainers.image.created'] };
  };
  const before = Math.floor(Date.now() / 1000);
  expect(await buildWith('')).toMatchObject({ created: '1980-01-01T00:00:00Z' });
  expect(await buildWith('source-date-epoch: 86400')).toMatchObject({ created: '1970-01-02T00:00:00Z' });
  const { created, commit } = await buildWith('source-date-epoch: commit');
  expect(created).toBe(commit);
  const now = await buildWith('source-date-epoch: now');
  expect(Date.parse(now.created) / 1000).toBeGreaterThanOrEqual(before);
});
