import { directives, readDockerfile, type Word } from './instructions.ts';

/** A variable that a Dockerfile declares. The image's history contains its value. */
export interface Declaration {
  readonly instruction: 'ARG' | 'ENV';
  readonly name: string;
  /** The line of the variable, from 1. */
  readonly line: number;
}

/** Returns the variables of all `ARG` and `ENV` instructions, in order. */
export function declarations(text: string): readonly Declaration[] {
  return readDockerfile(text).instructions.flatMap(({ keyword, words }) => {
    if (keyword === 'ARG') return declared(keyword, words);
    if (keyword !== 'ENV') return [];
    // Without an equals sign it is the legacy form: one name, then its value.
    return declared(keyword, words[0]?.text.includes('=') === true ? words : words.slice(0, 1));
  });
}

function declared(instruction: 'ARG' | 'ENV', words: readonly Word[]): Declaration[] {
  return words.map(({ text, line }) => ({ instruction, name: text.replace(/=.*$|["']/gs, ''), line }));
}

/** A shell variable in a `RUN`, such as `$HTTP_PROXY`. The step may write its value into the image. */
export interface Use {
  readonly name: string;
  /** The first line of the instruction, from 1. */
  readonly line: number;
}

/** Returns the shell variables in `RUN` instructions, each once for each instruction. */
export function usesInRun(text: string): readonly Use[] {
  return readDockerfile(text).instructions.flatMap(({ keyword, source, line }) => {
    const names = keyword === 'RUN' ? source.matchAll(/\$\{?(\w+)/g) : [];
    return [...new Set(Array.from(names, ([, name = '']) => name))].map((name) => ({ name, line }));
  });
}

/** A frontend image, which parses the Dockerfile in place of BuildKit. */
export interface Frontend {
  readonly image: string;
  /** The arguments for the frontend. */
  readonly args: readonly string[];
}

/**
 * Returns the frontend of a build: the build arg `BUILDKIT_SYNTAX`, or else `# syntax=` in the Dockerfile. Returns
 * undefined if BuildKit uses its own (Dockerfile reference, "Parser directives" and "BuildKit built-in build args").
 */
export function frontendOf(text: string, args: ReadonlyMap<string, string>): Frontend | undefined {
  const written = directives(text).get('syntax') ?? directives(text, '//').get('syntax');
  const [image = '', ...frontendArgs] = (args.get('BUILDKIT_SYNTAX') ?? written ?? '').trim().split(' ');
  return image === '' ? undefined : { image, args: frontendArgs };
}
