import type { FilePosition } from '@towpath/errors';
import type { YamlFile } from './yaml-file.ts';

/** The names and positions of a configuration's keys in its file, for messages. */
export interface Keys {
  /** Returns the path of an image, or of one of its keys. */
  readonly image: (name: string, keys?: readonly PropertyKey[]) => readonly PropertyKey[];
  readonly positionOf: (path: readonly PropertyKey[]) => FilePosition;
  /** How to give an image another name. */
  readonly rename: string;
  /** How to give two images repositories of their own. */
  readonly separate: string;
}

export function towpathKeys({ positionOf }: YamlFile): Keys {
  return {
    image: (name, keys = []) => ['images', name, ...keys],
    positionOf,
    rename: 'Give the image another key under images.',
    separate:
      'Give each image its own repository: omit repository, or write for example repository: payroll/web. Or put {image} into the tags: tags: ["{image}-{version}"].',
  };
}

/** Returns the keys of a bake or Compose file. buildx does not print their lines. */
export function bakeKeys(file: string): Keys {
  return {
    image: (name) => ['target', name, 'tags'],
    positionOf: () => ({ file }),
    rename: 'Give the target or service another name.',
    separate:
      'Towpath sets its own tags, not those of the file. Give each target or service its own repository: omit its tags, or write for example 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web.',
  };
}

/** Returns the keys of images that are configured only by their Dockerfiles. */
export function dockerfileKeys({
  file,
  isBare = false,
}: {
  readonly file: string;
  readonly isBare?: boolean;
}): Keys {
  const written = 'name the images in a towpath.yaml: images: { web: { context: . } }.';
  return {
    image: (name) => [name],
    positionOf: () => ({ file }),
    rename: isBare ? `Set the input image-name, or ${written}` : `Rename the folder, or ${written}`,
    separate: `To give each image its own repository, ${written}`,
  };
}
