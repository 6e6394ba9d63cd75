import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './child.js';
import { writeIndex } from './oci-layout.js';

/** Docker's official image on a registry without accounts and with generous pull limits. */
const image = 'public.ecr.aws/docker/library/busybox:1.37';

/**
 * Provides busybox for both platforms, pulled by the engine.
 *
 * @param {string} name
 * @param {string} layout the folder for it
 * @param {string} work
 * @param {import('./engine.js').Engine} engine
 */
export async function publicBusybox(name, layout, work, { buildx, environment }) {
  const context = join(work, 'context');
  await mkdir(context);
  // WORKDIR creates a folder on any platform without running a program.
  await writeFile(join(context, 'Dockerfile'), `FROM ${image}\nWORKDIR /www\nWORKDIR /\n`);
  const output = `type=oci,tar=false,dest=${layout}`;
  const options = ['--platform', 'linux/amd64,linux/arm64', '--provenance=false', '--output', output];
  await execute([...buildx, 'build', ...options, context], {
    env: environment,
    hint: `Allow the engine to pull ${image} (HTTPS_PROXY).`,
  });
  await rm(join(layout, 'ingest'), { recursive: true, force: true });
  const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'));
  writeIndex(layout, [{ ...manifests[0], annotations: { 'org.opencontainers.image.ref.name': name } }]);
}
