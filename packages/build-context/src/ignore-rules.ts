import { CodedError, type FilePosition } from '@towpath/errors';
import { posix } from 'node:path';
import { goExpression } from './go-expression.ts';

/** One line of an ignore file. */
interface Rule {
  /** As written in the file, at this line. */
  readonly pattern: string;
  readonly line: number;
  /** Whether the line begins with `!`, which includes the matching paths again. */
  readonly isException: boolean;
  readonly matches: (path: string) => boolean;
  /** The path of a pattern without wildcards; undefined for a pattern with wildcards. */
  readonly root: string | undefined;
}

/** The result of the rules for one path. */
export interface Judgement {
  readonly ignored: boolean;
  /** Whether each rule matches the path or a parent folder. Paths below inherit it. */
  readonly matched: readonly boolean[];
}

/** The maximum length of a path (limits.h, PATH_MAX). */
const maxPattern = 4096;

const wildcards = /[*?[\]\\]/;

/** The characters that Go's `strings.TrimSpace` removes. */
const space = '[\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]+';
const spaceAhead = new RegExp(`^${space}`);
const spaceOnly = new RegExp(`^${space}$`);

/**
 * The rules of a `.dockerignore`: a port of the builder's own code (github.com/moby/patternmatcher, `ignorefile.ReadAll`
 * and `MatchesUsingParentResults`), down to its quirks. A fingerprint must cover exactly the files that the builder gets.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /**
   * @param file the path relative to the context, for messages
   * @throws CodedError `config-invalid` for a pattern that the builder rejects
   */
  constructor(text: string, file: string) {
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    this.#rules = lines.flatMap((line, index) => {
      const pattern = line.startsWith('#') ? '' : trim(line);
      if (pattern.length > maxPattern) return refused(pattern.slice(0, 60), { file, line: index + 1 });
      if (pattern === '') return [];
      const refuse = () => refused(pattern, { file, line: index + 1 });
      const rule = parseRule(pattern, refuse) ?? refuse();
      return { ...rule, pattern, line: index + 1 };
    });
  }

  /**
   * Decides whether a path is ignored.
   *
   * @param above the result for the parent folder; absent at the top of the context
   */
  judge(path: string, above?: Judgement): Judgement {
    let ignored = false;
    const matched = this.#rules.map(({ isException, matches }, index) => {
      const match = above?.matched[index] === true || (isException === ignored && matches(path));
      if (match) ignored = !isException;
      return match;
    });
    return { ignored, matched };
  }

  /** Returns the rule that excludes a path of the context; undefined if no rule does. */
  excludes(path: string): Pick<Rule, 'pattern' | 'line'> | undefined {
    const names = path.split('/');
    let judgement: Judgement | undefined;
    for (const index of names.keys()) judgement = this.judge(names.slice(0, index + 1).join('/'), judgement);
    if (judgement?.ignored !== true) return undefined;
    const last = judgement.matched.lastIndexOf(true);
    return this.#rules[last];
  }

  /** Whether an exception may match below an ignored folder, so that the folder must be read. */
  mayExceptBelow(folder: string): boolean {
    return this.#rules.some(
      ({ isException, root }) => isException && (root === undefined || `${root}/`.startsWith(`${folder}/`)),
    );
  }
}

/**
 * Parses a line of an ignore file.
 *
 * @param refuse is called at the first match of an invalid pattern that the builder, too, detects only then
 * @returns undefined if the pattern is invalid
 */
function parseRule(line: string, refuse: () => never): Omit<Rule, 'pattern' | 'line'> | undefined {
  const isException = line.startsWith('!');
  const pattern = clean(isException ? trim(line.slice(1)) : line);
  if (pattern === '' || (isException && pattern === '/') || !isPattern(pattern)) return undefined;
  const root = pattern.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
  return {
    isException,
    matches: matcher(pattern, refuse),
    root: wildcards.test(root) ? undefined : root,
  };
}

function trim(text: string): string {
  const ahead = text.replace(spaceAhead, '');
  let end = ahead.length;
  while (end > 0 && spaceOnly.test(ahead[end - 1] ?? '')) end -= 1;
  return ahead.slice(0, end);
}

/** Normalises a pattern like Go's `filepath.Clean` and removes a leading slash: patterns are relative to the context. */
function clean(pattern: string): string {
  if (pattern === '') return '';
  return posix
    .normalize(pattern)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
}

/** Whether Go's `filepath.Match` accepts a pattern: no empty or open brackets, and no escape at the end. */
function isPattern(pattern: string): boolean {
  // The builder validates a pattern by a match with `.`, which ignores the rest of it once the start differs.
  const { start } = /^(?<start>[^*?[\]\\]+)\*/.exec(pattern)?.groups ?? {};
  if (start !== undefined && start !== '.') return true;
  return acceptedPattern.test(pattern);
}

const inBrackets = String.raw`(?:\\.|[^\]\-\\])`;
const acceptedPattern = new RegExp(
  String.raw`^(?:(?:\[\^|\[(?!\^))(?:${inBrackets}(?:-${inBrackets})?)+\]|\\.|[^[\\])*$`,
  'su',
);

function matcher(pattern: string, refuse: () => never): (path: string) => boolean {
  if (!wildcards.test(pattern)) return (path) => path === pattern;
  const start = /^(?<text>[^*?[\]\\]*)\*\*$/.exec(pattern)?.groups?.text;
  if (start !== undefined) return (path) => path.startsWith(start);
  // The suffix need not be a whole name: `**log` matches `a/dialog`.
  const end = /^\*\*(?<text>[^*?[\]\\]+)$/.exec(pattern)?.groups?.text;
  if (end !== undefined) return (path) => `/${path}`.endsWith(end);
  const expression = goExpression(toExpression(pattern));
  return expression === undefined ? refuse : (path) => expression.test(path);
}

/** Matches two stars at the end, two stars before a name, an escaped character, or one character. */
const piecePattern = /(?<all>\*\*\/?$)|(?<folders>\*\*\/?)|\\.|./gsu;

/**
 * Translates a pattern to a Go regular expression as the builder does: character by character, also inside brackets, and
 * with its backslashes. So `\d` is a digit and `\a` a bell, contrary to its documentation.
 */
function toExpression(pattern: string): string {
  const pieces = [...pattern.matchAll(piecePattern)].map(({ 0: piece, groups = {} }) => {
    if (groups.all !== undefined) return '.*';
    if (groups.folders !== undefined) return '(.*/)?';
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    return /^[.+()|{}$]$/.test(piece) ? `\\${piece}` : piece;
  });
  return `^${pieces.join('')}$`;
}

function refused(pattern: string, position: FilePosition): never {
  const message = `${JSON.stringify(pattern)} is not a valid pattern.`;
  const hint =
    'Close its brackets, and put a character after each backslash and a path after the exclamation mark.';
  throw CodedError.of([{ code: 'config-invalid', message, hint, position }], () => message);
}
