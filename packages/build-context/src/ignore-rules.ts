import { CodedError, type Place } from '@towpath/errors';
import { posix } from 'node:path';
import { goExpression } from './go-expression.ts';

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

/** No path is longer (limits.h, PATH_MAX). */
const maxPattern = 4096;

const wildcards = /[*?[\]\\]/;

/** What Go's `strings.TrimSpace` takes away. */
const space = '[\\t-\\r \\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]+';
const spaceAhead = new RegExp(`^${space}`);
const spaceOnly = new RegExp(`^${space}$`);

/**
 * The rules of a `.dockerignore`, as the builder has them: a port of what it reads and matches the file with
 * (github.com/moby/patternmatcher, `ignorefile.ReadAll` and `MatchesUsingParentResults`), down to its quirks, for a
 * fingerprint is of what the builder is sent.
 */
export class IgnoreRules {
  readonly #rules: readonly Rule[];

  /**
   * @param file relative to the context, for messages
   * @throws CodedError `config-invalid` for a pattern that the builder refuses too
   */
  constructor(text: string, file: string) {
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    this.#rules = lines.flatMap((line, index) => {
      const pattern = line.startsWith('#') ? '' : trim(line);
      if (pattern.length > maxPattern) return refused(pattern.slice(0, 60), { file, line: index + 1 });
      if (pattern === '') return [];
      const refuse = () => refused(pattern, { file, line: index + 1 });
      return parseRule(pattern, refuse) ?? refuse();
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

/** @param refuse is called when a pattern turns out to be none: the builder finds some out when it comes to them */
function parseRule(line: string, refuse: () => never): Rule | undefined {
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

/** Go's `filepath.Clean`, without the slash at the start: patterns are relative to the context. */
function clean(pattern: string): string {
  if (pattern === '') return '';
  return posix
    .normalize(pattern)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
}

/** Whether Go's `filepath.Match` takes it: brackets hold characters or ranges of them, and escapes escape something. */
function isPattern(pattern: string): boolean {
  // The builder matches each pattern with `.` to see whether it is one: the rest is not looked at once the start differs.
  const { start } = /^(?<start>[^*?[\]\\]+)\*/.exec(pattern)?.groups ?? {};
  if (start !== undefined && start !== '.') return true;
  const one = String.raw`(?:\\.|[^\]\-\\])`;
  return new RegExp(String.raw`^(?:\[\^?(?:${one}(?:-${one})?)+\]|\\.|[^[\\])*$`, 'su').test(pattern);
}

function matcher(pattern: string, refuse: () => never): (path: string) => boolean {
  if (!wildcards.test(pattern)) return (path) => path === pattern;
  const start = /^(?<text>[^*?[\]\\]*)\*\*$/.exec(pattern)?.groups?.text;
  if (start !== undefined) return (path) => path.startsWith(start);
  // Not only whole names: `**log` matches `a/dialog` too.
  const end = /^\*\*(?<text>[^*?[\]\\]+)$/.exec(pattern)?.groups?.text;
  if (end !== undefined) return (path) => `/${path}`.endsWith(end);
  const expression = goExpression(toExpression(pattern));
  return expression === undefined ? refuse : (path) => expression.test(path);
}

/** Two stars at the end, two stars before something, an escaped character, any other. */
const piecePattern = /(?<all>\*\*\/?$)|(?<folders>\*\*\/?)|\\.|./gsu;

/**
 * The expression that the builder makes of a pattern: character by character, also within brackets, and with its
 * backslashes, so that `\d` is a digit and `\a` a bell, whatever its documentation says.
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

function refused(pattern: string, place: Place): never {
  const message = `${JSON.stringify(pattern)} is no pattern.`;
  const hint = 'Are its brackets closed, and does something follow its backslash and its exclamation mark?';
  throw CodedError.of([{ code: 'config-invalid', message, hint, place }], () => message);
}
