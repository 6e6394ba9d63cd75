import { CodedError } from '@towpath/errors';
import type { Config } from '../config.ts';
import { readTowpathYaml } from '../towpath-yaml.ts';
import { parseYaml } from '../yaml-file.ts';

/** Reads the text of a `towpath.yaml`. */
export function read(text: string): Config {
  const yaml = parseYaml('towpath.yaml', text);
  if ('problems' in yaml) throw new Error(yaml.problems.map(({ message }) => message).join('; '));
  return readTowpathYaml(yaml);
}

/** Returns each problem as `line:column message`, in order. */
export function problemsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return error.problems.map(
      ({ message, position }) => `${position?.line ?? ''}:${position?.column ?? ''} ${message}`,
    );
  }
}

/** A configuration with one image and one more image key, on the third line. */
export const imageWith = (line: string): string => `images:\n  web:\n    ${line}\n`;

/** A configuration with one image and one more build key, on the second line. */
export const buildWith = (line: string): string => `images: { web: {} }\n${line}\n`;
