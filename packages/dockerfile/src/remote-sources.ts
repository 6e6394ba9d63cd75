import { flagValues, readDockerfile } from './instructions.ts';

/** `ADD` takes these for addresses (Dockerfile reference, "ADD": remote files and Git repositories). */
const address = /(?:(?:https?|git|ssh):\/\/|git@)[^\s"',\]]+/g;

/** A commit of a Git repository: `…#<40 hex digits>`. */
const commit = /#[0-9a-f]{40}(?::|$)/;

/**
 * The addresses, as written, of what a Dockerfile adds from elsewhere and does not hold to a checksum or a commit:
 * there may be something else tomorrow. What begins with a variable may be an address where some variable holds one.
 *
 * @param args given to the build
 */
export function remoteSources(text: string, args: ReadonlyMap<string, string>): readonly string[] {
  const { instructions } = readDockerfile(text);
  const declared = instructions.filter(({ keyword }) => keyword === 'ARG' || keyword === 'ENV');
  const values = [...args.values(), ...declared.flatMap(({ words }) => words.map((word) => word.text))];
  const isAnyAddress = values.some((value) => value.search(address) >= 0);
  return instructions.flatMap((instruction) => {
    if (instruction.keyword !== 'ADD' || flagValues(instruction, 'checksum').length > 0) return [];
    const words = instruction.words.map((word) => word.text);
    const found = words.flatMap((word) => word.match(address) ?? []).filter((one) => !commit.test(one));
    return isAnyAddress ? [...found, ...words.filter((word) => /^["']?\$/.test(word))] : found;
  });
}
