import { readDockerfile } from '@towpath/build-context';
import { insideWorkspace, type Config, type ImageConfig } from '@towpath/config';
import { finalStage } from '@towpath/dockerfile';
import type { Runtime } from '@towpath/flow';

/** The lines of an image's Dockerfile that decide what it contains. Plain data. */
export interface DockerfileLines {
  /** Relative to the workspace. */
  readonly file: string;
  /** The line of the `FROM` with the base image, from 1. */
  readonly from: number;
  /** The lines that install packages, by the name of the package. */
  readonly installs: Readonly<Record<string, number>>;
}

/**
 * Reads the lines of an image's Dockerfile, for annotations and SARIF. A Dockerfile that cannot be read, for example
 * because its context is a remote repository, does not stop the gate: the first line of the configuration stands for
 * it.
 */
export async function readLines(
  image: ImageConfig,
  { file }: Config,
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<DockerfileLines> {
  const { args, platforms, target, dockerfile } = image;
  try {
    const path = insideWorkspace(workspace, dockerfile);
    const text = (await readDockerfile(path, dockerfile)).toString('utf8');
    const stage = finalStage(text, { args, platforms, target });
    if (stage !== undefined)
      return { file: dockerfile, from: stage.from, installs: Object.fromEntries(stage.installs) };
  } catch {
    // The gate judges images, and does not need their sources.
  }
  return { file, from: 1, installs: {} };
}

/** Returns the lines of an image; undefined if they were not read. An image can have the name `constructor`. */
export function linesOf(
  lines: Readonly<Record<string, DockerfileLines>>,
  image: string,
): DockerfileLines | undefined {
  return Object.hasOwn(lines, image) ? lines[image] : undefined;
}
