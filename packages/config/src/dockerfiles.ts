import { CodedError, type Problem } from '@towpath/errors';
import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path/posix';
import { plainBuild } from './build-options.ts';
import type { Config, ImageConfig } from './config.ts';
import { imageNameFrom, imagesAlone } from './defaults.ts';
import { invalid } from './invalid.ts';
import { staysInside } from './schema-parts.ts';

const dockerfileName = /^(?:Dockerfile|Containerfile)(?:\.[^/]+)?$|\.(?:Dockerfile|Containerfile)$/i;

/** Returns whether the `config` input names Dockerfiles: a path to one, or a glob for several. */
export function namesDockerfiles(file: string): boolean {
  return dockerfileName.test(basename(file));
}

/**
 * Returns a configuration with one image for each Dockerfile. The context is the Dockerfile's folder, and the
 * image is named after it.
 *
 * @param pattern the path of one Dockerfile, or a glob for several
 * @param defaultName the image name for a Dockerfile in the root
 * @throws CodedError `config-missing` if no Dockerfile matches; `config-invalid` if two images would have the
 * same name
 */
export function readDockerfiles(workspace: string, pattern: string, defaultName: string): Config {
  if (!staysInside(pattern)) throw outside(pattern);
  const found = globSync(pattern, { cwd: workspace }).sort();
  if (found.length === 0) {
    throw new CodedError('config-missing', `No Dockerfile is ${pattern}.`, {
      hint: 'Input config is a path from the root of the repository. Is the repository checked out?',
    });
  }
  const images = found.map((dockerfile): ImageConfig => {
    const context = dirname(dockerfile);
    const name = imageNameFrom(context === '.' ? defaultName : basename(context));
    return { name, context, dockerfile, platforms: [], ...plainBuild };
  });
  const firsts = new Map(images.toReversed().map((one) => [one.name, one]));
  const problems = images.flatMap((one): Problem[] => {
    const first = firsts.get(one.name);
    if (first === undefined || first === one) return [];
    const message = `${one.dockerfile} would be the image ${one.name}, and so would ${first.dockerfile}.`;
    const hint = 'Name the images in a towpath.yaml.';
    return [{ code: 'config-invalid', message, hint, position: { file: one.dockerfile } }];
  });
  if (problems.length > 0) throw invalid(pattern, problems);
  return imagesAlone(pattern, images);
}

function outside(pattern: string): CodedError {
  return new CodedError('config-invalid', `${pattern} leads out of the repository.`, {
    hint: 'Paths are relative to the root of the repository and stay in it.',
  });
}
