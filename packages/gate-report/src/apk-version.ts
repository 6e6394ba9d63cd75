import { compareNumbers, compareTexts } from './compare.ts';

/** A version of an Alpine package, e.g. `1.2.3b_rc1-r4`, in parts. */
export type ApkVersion = readonly Part[];

interface Part {
  readonly kind: Kind;
  readonly text: string;
}

/** The kinds of parts in the order of a version. A version that ends or goes on with an earlier kind is higher. */
const kinds = ['first', 'number', 'letter', 'suffix', 'suffix-number', 'hash', 'revision', 'end'] as const;
type Kind = (typeof kinds)[number];

/** The suffixes in ascending order. The first four are older than the version without a suffix. */
const suffixes = ['alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'];

const end: Part = { kind: 'end', text: '' };

/** Returns the parts of a version, or undefined if the text is not a version of an Alpine package. */
export function parseApk(text: string): ApkVersion | undefined {
  const groups =
    /^(?<numbers>\d+(?:\.\d+)*)(?<letter>[a-z]?)(?<suffixes>(?:_[a-z]+\d*)*)(?:~(?<hash>[0-9a-f]+))?(?:-r(?<revision>\d+))?$/.exec(
      text,
    )?.groups;
  if (groups === undefined) return undefined;
  const { numbers = '', letter, suffixes: named = '', hash, revision } = groups;
  const [first = '', ...others] = numbers.split('.');
  const parts = [
    part('first', first),
    ...others.flatMap((number) => part('number', number)),
    part('letter', letter),
    ...[...named.matchAll(/_([a-z]+)(\d*)/g)].flatMap(([, name, number]) => [
      part('suffix', name),
      part('suffix-number', number),
    ]),
    part('hash', hash),
    part('revision', revision),
  ].flat();
  const isKnown = parts.every(({ kind, text: name }) => kind !== 'suffix' || suffixes.includes(name));
  return isKnown ? parts : undefined;
}

function part(kind: Kind, text: string | undefined): readonly Part[] {
  return text === undefined || text === '' ? [] : [{ kind, text }];
}

/** Compares two versions as apk does (apk-tools, version.c). */
export function compareApk(one: ApkVersion, other: ApkVersion): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const [mine, others] = [one[index] ?? end, other[index] ?? end];
    const difference = mine.kind === others.kind ? compareAlike(mine, others) : compareKinds(mine, others);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareAlike({ kind, text }: Part, { text: other }: Part): number {
  if (kind === 'suffix') return suffixes.indexOf(text) - suffixes.indexOf(other);
  // As decimals: 1.05 is older than 1.1.
  const isDecimal = kind === 'number' && (text.startsWith('0') || other.startsWith('0'));
  return kind === 'letter' || kind === 'hash' || isDecimal
    ? compareTexts(text, other)
    : compareNumbers(text, other);
}

function compareKinds(one: Part, other: Part): number {
  return (
    Number(isPreRelease(other)) - Number(isPreRelease(one)) ||
    kinds.indexOf(other.kind) - kinds.indexOf(one.kind)
  );
}

function isPreRelease({ kind, text }: Part): boolean {
  return kind === 'suffix' && suffixes.indexOf(text) < suffixes.indexOf('cvs');
}
