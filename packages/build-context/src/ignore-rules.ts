import { CodedError } from '@towpath/errors';
import { posix } from 'node:path';

/** One line of an ignore file. */
interface Rule {
  /** It began with `!`: what it matches is sent after all. */
  readonly isException: boolean;
  readonly matches: (path: string) => boolean;
  /** The one path that an exception without wildcards is about; undefined when it may be any. */
  readonly root: string | undefined;
}

/** What an ignore file says of one path. */
export interface Judgement {
  readonly ignored: boolean;
  /** For each rule, whether it matches the path or a folder above it: the paths below are judged by it. */
  readonly matched: readonly boolean[];
}

const wildcards = /[*?[\]\\]/;

/**
 * The rules of a `.dockerignore`, as the builder has them: a port of what it reads and matches the file with
 * (github.com/moby/patternmatcher, `ignorefile.ReadAll` and `MatchesUsingParentResults`), down to its quirks, for a
 * fingerprint is of what the builder is sent.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /**
   * @param file for messages
   * @throws CodedError `config-invalid` for a pattern that the builder refuses too
   */
  constructor(text: string, file: string) {
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    this.#rules = lines.flatMap((line, index) => {
      const pattern = line.startsWith('#') ? '' : line.trim();
      if (pattern === '') return [];
      return parseRule(pattern) ?? refuse(pattern, `${file}:${index + 1}`);
    });
  }

  /** @param above what was said of the folder that the path is in; absent at the top of the context */
  judge(path: string, above?: Judgement): Judgement {
    let ignored = false;
    const matched = this.#rules.map(({ isException, matches }, index) => {
      const match = above?.matched[index] === true || (isException === ignored && matches(path));
      if (match) ignored = !isException;
      return match;
    });
    return { ignored, matched };
  }

  /** Whether something below an ignored folder may be excepted, so that it has to be looked into. */
  mayExceptBelow(folder: string): boolean {
    return this.#rules.some(
      ({ isException, root }) => isException && (root === undefined || `${root}/`.startsWith(`${folder}/`)),
    );
  }
}

function parseRule(line: string): Rule | undefined {
  const isException = line.startsWith('!');
  const pattern = clean(isException ? line.slice(1).trim() : line);
  const matches = pattern === '' ? undefined : matcher(pattern);
  if (matches === undefined) return undefined;
  const root = pattern.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
  return { isException, matches, root: wildcards.test(root) ? undefined : root };
}

/** Go's `filepath.Clean`, without the slash at the start: patterns are relative to the context. */
function clean(pattern: string): string {
  if (pattern === '') return '';
  return posix
    .normalize(pattern)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
}

/** Undefined for a pattern that is none. */
function matcher(pattern: string): ((path: string) => boolean) | undefined {
  if (!wildcards.test(pattern)) return (path) => path === pattern;
  const start = /^(?<text>[^*?[\]\\]*)\*\*$/.exec(pattern)?.groups?.text;
  if (start !== undefined) return (path) => path.startsWith(start);
  // Not only whole names: `**log` matches `a/dialog` too.
  const end = /^\*\*(?<text>[^*?[\]\\]+)$/.exec(pattern)?.groups?.text;
  if (end !== undefined) return (path) => `/${path}`.endsWith(end);
  const expression = toExpression(pattern);
  return expression === undefined ? undefined : (path) => expression.test(path);
}

/** Two stars at the end, two stars before something, a class of characters, an escaped character, any other. */
const piecePattern =
  /(?<all>\*\*\/?$)|(?<folders>\*\*\/?)|\[(?<not>\^?)(?<members>(?:\\.|[^\]\\])+)\]|\\(?<escaped>.)|./gsu;

function toExpression(pattern: string): RegExp | undefined {
  const pieces = [...pattern.matchAll(piecePattern)].map(({ 0: piece, groups = {} }) => {
    const { all, folders, not = '', members, escaped } = groups;
    if (all !== undefined) return '.*';
    if (folders !== undefined) return '(?:.*/)?';
    if (members !== undefined)
      return `[${not}${members.replace(/\\(.)/gsu, (_, one: string) => escape(one))}]`;
    if (escaped !== undefined) return escape(escaped);
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    return piece === '[' || piece === '\\' ? undefined : RegExp.escape(piece);
  });
  if (pieces.includes(undefined)) return undefined;
  try {
    return new RegExp(`^${pieces.join('')}$`, 'u');
  } catch {
    return undefined;
  }
}

/** The builder hands letters on with their backslash: `\d` is a digit there, whatever its documentation says. */
function escape(character: string): string {
  return /\w/.test(character) ? `\\${character}` : RegExp.escape(character);
}

function refuse(pattern: string, place: string): never {
  throw new CodedError('config-invalid', `${place} has ${JSON.stringify(pattern)}, which is no pattern.`, {
    hint: 'Are its brackets closed, and does something follow its backslash and its exclamation mark?',
  });
}
