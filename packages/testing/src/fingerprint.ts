import { FolderHashes } from '@towpath/build-context';
import { identify, readInputs } from '@towpath/build-inputs';
import { loadConfig } from '@towpath/config';
import { proxyOf } from '@towpath/proxy';
import { parsePlatform } from '@towpath/reference';
import { temporaryFolder, writeFiles } from './folder.ts';

/** Returns the fingerprints of a build of these files, by image name. */
export async function fingerprintsOf(
  files: Readonly<Record<string, string>>,
  bases: Readonly<Record<string, string>> = {},
  platform = 'linux/amd64',
  args: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, defaultName: 'web', printBake });
  const parsed = parsePlatform(platform);
  const platforms = parsed === undefined ? [] : [parsed];
  const proxy = { shared: proxyOf(), docker: proxyOf(), mode: undefined };
  const reading = {
    config,
    workspace,
    platforms,
    ownPlatform: platforms,
    args: new Map(Object.entries(args)),
    proxy,
  };
  const inputs = await Promise.all(config.images.map((image) => readInputs(image, reading)));
  const known = await identify(inputs, new Map(Object.entries(bases)), new FolderHashes());
  return Object.fromEntries(known.map(({ image, fingerprint }) => [image.name, fingerprint.value]));
}
