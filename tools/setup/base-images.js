import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.js';
import { debianBusybox } from './sandbox/debian-busybox.js';
import { publicBusybox } from './public-busybox.js';
import { step } from './say.js';
import { firstThatWorks } from './ways.js';

/** The environment variable for the command: the folder of an OCI layout with the image `busybox`. */
export const baseImagesVariable = 'TOWPATH_BASE_IMAGES';

/** Increase it if the images change although their source has the same version. */
const recipe = 1;

/**
 * Provides an OCI layout with a small base image for linux/amd64 and linux/arm64, so that demo and tests need
 * no registry.
 *
 * @param {import('./run.js').Run} run
 * @param {() => Promise<import('./engine.js').Engine>} engine is called only if apt is missing
 * @returns {Promise<string>} its folder
 */
export function provideBaseImages(run, engine) {
  return cached(`base-images-${recipe}`, (layout) =>
    step('Create base images for amd64 and arm64', () =>
      firstThatWorks(
        [
          async () => debianBusybox('busybox', layout, await workFolder(run, 'debian')),
          async () => publicBusybox('busybox', layout, await workFolder(run, 'public'), await engine()),
        ],
        {
          message: 'no base images for the demo and the tests:',
          hint: 'Run the command on Debian, or allow the engine to reach public.ecr.aws (HTTPS_PROXY).',
        },
      ),
    ),
  );
}

/**
 * @param {import('./run.js').Run} run
 * @param {string} name
 */
async function workFolder(run, name) {
  const folder = join(run.folder, name);
  await mkdir(folder);
  return folder;
}
