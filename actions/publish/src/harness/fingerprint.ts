import { proxyOf } from '@towpath/build-args';
import { FolderHashes } from '@towpath/build-context';
import { identify, readInputs } from '@towpath/build-inputs';
import { loadConfig } from '@towpath/config';
import { parsePlatform } from '@towpath/reference';
import { temporaryFolder, writeFiles } from '@towpath/testing';

/** The fingerprint that a build of these files has, by the name of the image. */
export async function fingerprintsOf(
  files: Readonly<Record<string, string>>,
  bases: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const workspace = temporaryFolder();
  writeFiles(workspace, files);
  const printBake = () => Promise.reject(new Error('there is no bake file'));
  const config = await loadConfig({ workspace, bareName: 'web', printBake });
  const ownPlatform = [parsePlatform('linux/amd64') ?? { os: 'linux', architecture: 'amd64' }];
  const proxy = { shared: proxyOf(), docker: proxyOf(), mode: undefined };
  const reading = { config, workspace, platforms: [], ownPlatform, args: new Map<string, string>(), proxy };
  const inputs = await Promise.all(config.images.map((image) => readInputs(image, reading)));
  const known = await identify(inputs, new Map(Object.entries(bases)), new FolderHashes());
  return Object.fromEntries(known.map(({ image, fingerprint }) => [image.name, fingerprint.value]));
}
