import { dirname } from 'node:path/posix';
import { readRules } from './context-entries.ts';
import { IgnoreRules, type Judgement } from './ignore-rules.ts';

/** The rules of a context for any number of paths. Each folder is judged once. */
export class ContextFilter {
  readonly #rules: IgnoreRules;
  readonly #folders = new Map<string, Judgement>();

  constructor(rules: IgnoreRules) {
    this.#rules = rules;
  }

  /**
   * Returns whether a builder would get a file. The file need not exist.
   *
   * @param path relative to the context, with forward slashes
   */
  sends(path: string): boolean {
    return !this.#rules.judge(path, this.#folder(dirname(path))).ignored;
  }

  #folder(path: string): Judgement | undefined {
    if (path === '.') return undefined;
    const known = this.#folders.get(path) ?? this.#rules.judge(path, this.#folder(dirname(path)));
    this.#folders.set(path, known);
    return known;
  }
}

/**
 * Returns whether a path matches a pattern of the form in ignore files. A pattern matches everything below a folder.
 *
 * @throws CodedError `config-invalid` for an invalid pattern
 */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const filter = new ContextFilter(new IgnoreRules(pattern, ''));
  return (path) => !filter.sends(path);
}

/**
 * Reads the ignore file of a context.
 *
 * @param dockerfile an absolute path. A named context has no Dockerfile.
 * @throws CodedError `config-invalid`
 */
export async function contextFilter(context: string, dockerfile?: string): Promise<ContextFilter> {
  return new ContextFilter((await readRules(context, dockerfile)).rules);
}
