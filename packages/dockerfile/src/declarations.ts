import { directives, readDockerfile, type Word } from './instructions.ts';

/** A variable that a Dockerfile makes part of what it builds: its value stands in the image's history. */
export interface Declaration {
  readonly instruction: 'ARG' | 'ENV';
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** Every `ARG` and `ENV` of a Dockerfile, in its order. */
export function declarations(text: string): readonly Declaration[] {
  return readDockerfile(text).instructions.flatMap(({ keyword, words }) => {
    if (keyword === 'ARG') return declared(keyword, words);
    if (keyword !== 'ENV') return [];
    // Without an equals sign it is the old form: one name, and the rest is its value.
    return declared(keyword, words[0]?.text.includes('=') === true ? words : words.slice(0, 1));
  });
}

function declared(instruction: 'ARG' | 'ENV', words: readonly Word[]): Declaration[] {
  return words.map(({ text, line }) => ({ instruction, name: text.replace(/=.*$|["']/gs, ''), line }));
}

/** A `RUN` that names a variable of the shell, such as `$HTTP_PROXY`: it may write the value down. */
export interface Use {
  readonly name: string;
  /** From 1: where the instruction starts. */
  readonly line: number;
}

/** The variables that the `RUN` instructions of a Dockerfile name, each once an instruction. */
export function usesInRun(text: string): readonly Use[] {
  return readDockerfile(text).instructions.flatMap(({ keyword, source, line }) => {
    const names = keyword === 'RUN' ? source.matchAll(/\$\{?(\w+)/g) : [];
    return [...new Set(Array.from(names, ([, name = '']) => name))].map((name) => ({ name, line }));
  });
}

/** A frontend that is an image: what reads a Dockerfile in BuildKit's place. */
export interface Frontend {
  readonly image: string;
  /** Its own arguments. */
  readonly args: readonly string[];
}

/**
 * The frontend that a build asks for, by the arg `BUILDKIT_SYNTAX` or else by `# syntax=` in the Dockerfile; undefined
 * when it leaves that to BuildKit (Dockerfile reference, "Parser directives" and "BuildKit built-in build args").
 */
export function frontendOf(text: string, args: ReadonlyMap<string, string>): Frontend | undefined {
  const written = directives(text).get('syntax') ?? directives(text, '//').get('syntax');
  const [image = '', ...own] = (args.get('BUILDKIT_SYNTAX') ?? written ?? '').trim().split(' ');
  return image === '' ? undefined : { image, args: own };
}
