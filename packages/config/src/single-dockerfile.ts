import { CodedError } from '@towpath/errors';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path/posix';
import { modelBuildConfig, plainBuild } from './build-options.ts';
import type { Config } from './config.ts';
import { imageNameFrom, imagesAlone } from './defaults.ts';
import type { ConfigOptions } from './config-options.ts';

/**
 * Returns the configuration of a repository without a configuration file: one image, from the Dockerfile in
 * the root.
 *
 * @throws CodedError `config-missing` if the image must be built and the Dockerfile is missing
 */
export function singleDockerfile({ workspace, defaultName, single }: ConfigOptions): Config {
  const context = single?.context ?? '.';
  const dockerfile = single?.dockerfile ?? join(context, 'Dockerfile');
  if (single !== undefined && !existsSync(resolve(workspace, dockerfile))) {
    throw new CodedError(
      'config-missing',
      `There is no towpath.yaml, no image-build-config.yaml, no template.yaml that maps images, and no ${dockerfile}.`,
      {
        hint: 'Run actions/checkout in a step before this one, or write a towpath.yaml that names the images.',
      },
    );
  }
  const image = { name: imageNameFrom(defaultName), context, dockerfile, platforms: [], ...plainBuild };
  return { ...imagesAlone(dockerfile, [image], modelBuildConfig), isBare: true, ledger: 'if-readable' };
}
