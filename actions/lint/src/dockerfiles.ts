import { plainBuild, type ImageConfig } from '@towpath/config';
import { CodedError } from '@towpath/errors';
import { globSync, statSync } from 'node:fs';
import { isAbsolute, join, normalize, relative, sep } from 'node:path';
import { dirname } from 'node:path/posix';

/** The highest number of Dockerfiles. */
const maxFiles = 10_000;

/**
 * Returns an image for each Dockerfile that the patterns match: that of the configuration, or else one with the folder
 * of the Dockerfile as its context. Skips folders, ignore files, and everything in `node_modules` and `.git` unless a
 * pattern names them.
 *
 * @throws CodedError `config-missing` if a pattern matches no Dockerfile, `config-invalid` if it leads out of the
 * repository
 */
export function findDockerfiles(
  patterns: readonly string[],
  workspace: string,
  known: readonly ImageConfig[],
): readonly ImageConfig[] {
  const found = new Set<string>();
  for (const given of patterns) {
    const pattern = isAbsolute(given) ? relative(workspace, given) : normalize(given);
    if (pattern.split(sep).includes('..')) throw outside(given);
    const matches = globSync(pattern, {
      cwd: workspace,
      exclude: (path) => isSkipped(path, pattern),
    }).filter((path) => isFile(join(workspace, path)) && !isIgnoreFile(path, pattern));
    if (matches.length === 0)
      throw new CodedError('config-missing', `No Dockerfile matches ${given}.`, {
        hint: /^[^}]*\{|^[^{]*\}/.test(given)
          ? 'A comma starts the next pattern, also in braces. Write a pattern for each alternative.'
          : 'Input files has paths or patterns from the root of the repository, such as **/Dockerfile. Is the repository checked out?',
      });
    for (const path of matches) found.add(path.split(sep).join('/'));
  }
  if (found.size > maxFiles)
    throw new CodedError('input-invalid', `Input files matches more than ${maxFiles} files.`, {
      hint: 'Write a narrower pattern, such as services/*/Dockerfile.',
    });
  return [...found].sort().flatMap((file) => {
    const images = known.filter(({ dockerfile }) => normalize(dockerfile) === normalize(file));
    return images.length > 0 ? images : [imageOf(file)];
  });
}

function imageOf(file: string): ImageConfig {
  return { ...plainBuild, name: file, context: dirname(file), dockerfile: file, platforms: [] };
}

function isSkipped(path: string, pattern: string): boolean {
  return ['node_modules', '.git'].some((name) => path.split(sep).includes(name) && !pattern.includes(name));
}

/** Whether a pattern such as `Dockerfile*` matches the ignore file of a Dockerfile. */
function isIgnoreFile(path: string, pattern: string): boolean {
  return path.endsWith('.dockerignore') && path !== pattern;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function outside(pattern: string): CodedError {
  return new CodedError('config-invalid', `${pattern} leads out of the repository.`, {
    hint: 'Paths are relative to the root of the repository and stay in it.',
  });
}
