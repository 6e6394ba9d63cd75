import { isScalar, parseDocument, visit, type Scalar } from 'yaml';

/** A `uses:` in a workflow or an action. */
export interface Use {
  /** The name without the version, for example `actions/checkout`, `./build` or `docker://alpine`. */
  readonly name: string;
  /** The text after the `@`; empty if there is none. */
  readonly ref: string;
  /** The comment after the reference, without `#`. */
  readonly comment: string;
  /** The offset of the reference in the text. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Returns every `uses:` of a workflow in order. */
export function findUses(text: string): readonly Use[] {
  const document = parseDocument(text, { keepSourceTokens: true });
  const uses: Use[] = [];
  visit(document, {
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value === 'uses' && isScalar(pair.value))
        uses.push(readUse(pair.value, text));
    },
  });
  return uses;
}

function readUse({ value, range }: Scalar, text: string): Use {
  const [start = 0, end = 0] = range ?? [];
  const [name = '', ref = ''] = String(value).split('@');
  const rest = text.slice(end, text.indexOf('\n', end));
  return {
    name,
    ref,
    comment: /#\s*(.*)/.exec(rest)?.[1]?.trim() ?? '',
    start,
    end,
    line: text.slice(0, start).split('\n').length,
  };
}

/**
 * Returns the text with all uses of one repository pinned to a commit, and with the version in a comment for
 * people and bots.
 */
export function pinUses(text: string, repository: string, commit: string, version: string): string {
  const own = findUses(text).filter(({ name }) => name.startsWith(`${repository}/`));
  return own.reduceRight((pinned, { name, start, end }) => {
    const lineEnd = pinned.indexOf('\n', end);
    return `${pinned.slice(0, start)}${name}@${commit} # v${version}${pinned.slice(lineEnd)}`;
  }, text);
}

const commitPattern = /^[0-9a-f]{40}$/;

/** Returns the uses of other repositories that are not pinned to a commit with a version comment. */
export function unpinned(text: string, repository: string): readonly Use[] {
  return findUses(text).filter(({ name, ref, comment }) => {
    if (name.startsWith('./') || name.startsWith('$/') || name.startsWith(`${repository}/`)) return false;
    return !commitPattern.test(ref) || !/^v\d+(\.\d+)*/.test(comment);
  });
}
