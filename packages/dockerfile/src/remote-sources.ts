import { flagValues, readDockerfile } from './instructions.ts';

/** `ADD` takes these for addresses (Dockerfile reference, "ADD": remote files and Git repositories). */
const address = /(?:(?:https?|git|ssh):\/\/|git@)[^\s"',\]]+/g;

/** A commit of a Git repository: `…#<40 hex digits>`. */
const commit = /#[0-9a-f]{40}(?::|$)/;

/**
 * The addresses, as written, of what a Dockerfile adds from elsewhere and does not hold to a checksum or a commit:
 * there may be something else tomorrow. An address that is a variable as a whole is not seen.
 */
export function remoteSources(text: string): readonly string[] {
  return readDockerfile(text).instructions.flatMap((instruction) => {
    if (instruction.keyword !== 'ADD' || flagValues(instruction, 'checksum').length > 0) return [];
    const found = instruction.words.flatMap(({ text: word }) => word.match(address) ?? []);
    return found.filter((one) => !commit.test(one));
  });
}
