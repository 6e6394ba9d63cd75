import { readFileWithin } from '@towpath/files';
import { withoutLinks } from './context-entries.ts';

/** Bytes. A larger file is not written by a person, and its text is read several times. */
const maxBytes = 1024 * 1024;

/**
 * The bytes of a Dockerfile. A link is followed as BuildKit does: its folder is the root of everything.
 *
 * @param path absolute
 * @param name what messages call the file
 * @throws CodedError `dockerfile-invalid` if it is not a file, or too large
 * @throws the system's error if it cannot be read
 */
export async function readDockerfile(path: string, name = path): Promise<Buffer> {
  return readFileWithin(withoutLinks(path), { code: 'dockerfile-invalid', name, maxBytes });
}
