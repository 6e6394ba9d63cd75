import { expect, jest } from '@jest/globals';
import { environmentEntrySchema, type EnvironmentEntry } from '@towpath/ledger';
import { output, testWith } from '@towpath/testing/clients';
import { temporaryFolder, writeFiles } from '@towpath/testing/folder';
import { join } from 'node:path';
import { entries, promoteThrough, publish, team } from './harness/team.ts';

jest.setTimeout(60_000);

const withCrane = testWith('crane', ['crane', 'version']);
const withRegctl = testWith('regctl', ['regctl', 'version']);
const withSkopeo = testWith('skopeo', ['skopeo', '--version']);
const withOras = testWith('oras', ['oras', 'version']);

interface Ledger {
  /** The reference of the entry. */
  readonly entry: string;
  readonly written: EnvironmentEntry | undefined;
  readonly password: string;
  /** A folder with the settings of the clients. */
  readonly folder: string;
}

/** Promotes a version to dev, and logs the clients in to the registry of its ledger. */
async function promoted(): Promise<Ledger> {
  const scene = await team();
  await publish(scene, '1.0.0');
  await promoteThrough(scene, '1.0.0', 'dev');
  const login = await scene.shared.login();
  const { host } = new URL(scene.emulator.registryUrl(scene.shared.id, 'us-east-1'));
  const [user = '', pass = ''] = login.split(':');
  const folder = temporaryFolder();
  writeFiles(folder, {
    'config.json': JSON.stringify({ auths: { [host]: { auth: Buffer.from(login).toString('base64') } } }),
    'regctl.json': JSON.stringify({ hosts: { [host]: { tls: 'disabled', hostname: host, user, pass } } }),
  });
  const [written] = await entries(scene, 'dev');
  return { entry: `${host}/payroll/towpath:dev.1`, written, password: pass, folder };
}

function client({ folder }: Ledger, ...command: readonly string[]): Promise<string> {
  return output(command, { env: { DOCKER_CONFIG: folder, REGCTL_CONFIG: join(folder, 'regctl.json') } });
}

/** Returns the document that a manifest contains. */
function documentOf(manifest: string): EnvironmentEntry {
  const { layers } = JSON.parse(manifest) as { layers: { data: string }[] };
  const document = Buffer.from(layers[0]?.data ?? '', 'base64').toString('utf8');
  return environmentEntrySchema.parse(JSON.parse(document));
}

withCrane('crane reads the entry of an environment, inline and as a blob', async () => {
  const ledger = await promoted();
  const manifest = await client(ledger, 'crane', '--insecure', 'manifest', ledger.entry);
  expect(documentOf(manifest)).toEqual(ledger.written);
  const { layers } = JSON.parse(manifest) as { layers: { digest: string }[] };
  const repository = ledger.entry.slice(0, ledger.entry.lastIndexOf(':'));
  const blob = await client(
    ledger,
    'crane',
    '--insecure',
    'blob',
    `${repository}@${layers[0]?.digest ?? ''}`,
  );
  expect(JSON.parse(blob)).toEqual(ledger.written);
});

withRegctl('regctl reads the entry of an environment, inline and as an artifact', async () => {
  const ledger = await promoted();
  const manifest = await client(ledger, 'regctl', 'manifest', 'get', '--format', 'raw-body', ledger.entry);
  expect(documentOf(manifest)).toEqual(ledger.written);
  expect(JSON.parse(await client(ledger, 'regctl', 'artifact', 'get', ledger.entry))).toEqual(ledger.written);
});

withSkopeo('skopeo reads the entry of an environment', async () => {
  const ledger = await promoted();
  const login = ['--tls-verify=false', '--creds', `AWS:${ledger.password}`];
  const manifest = await client(ledger, 'skopeo', 'inspect', '--raw', ...login, `docker://${ledger.entry}`);
  expect(documentOf(manifest)).toEqual(ledger.written);
});

withOras('oras reads the entry of an environment', async () => {
  const ledger = await promoted();
  const manifest = await client(ledger, 'oras', 'manifest', 'fetch', '--plain-http', ledger.entry);
  expect(documentOf(manifest)).toEqual(ledger.written);
});
