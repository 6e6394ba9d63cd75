import { DockerfileParser, type Argument } from 'dockerfile-ast';

/** A variable that a Dockerfile makes part of what it builds: its value stands in the image's history. */
export interface Declaration {
  readonly instruction: 'ARG' | 'ENV';
  readonly name: string;
  /** From 1. */
  readonly line: number;
}

/** Every `ARG` and `ENV` of a Dockerfile, in its order. */
export function declarations(text: string): readonly Declaration[] {
  const dockerfile = DockerfileParser.parse(text);
  return [
    ...dockerfile.getARGs().flatMap((arg) => declared('ARG', arg.getPropertyArguments())),
    ...dockerfile.getENVs().flatMap((env) => {
      const words = env.getPropertyArguments();
      // Without an equals sign it is the old form: one name, and the rest is its value.
      return declared('ENV', words[0]?.getValue().includes('=') === true ? words : words.slice(0, 1));
    }),
  ].sort((one, other) => one.line - other.line);
}

function declared(instruction: 'ARG' | 'ENV', words: readonly Argument[]): Declaration[] {
  return words.map((word) => ({
    instruction,
    name: word.getValue().replace(/=.*$|["']/gs, ''),
    line: word.getRange().start.line + 1,
  }));
}

/** A `RUN` that names a variable of the shell, such as `$HTTP_PROXY`: it may write the value down. */
export interface Use {
  readonly name: string;
  /** From 1: where the instruction starts. */
  readonly line: number;
}

/** The variables that the `RUN` instructions of a Dockerfile name, each once an instruction. */
export function usesInRun(text: string): readonly Use[] {
  return DockerfileParser.parse(text)
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === 'RUN')
    .flatMap((instruction) => {
      const names = instruction.getTextContent().matchAll(/\$\{?(\w+)/g);
      const line = instruction.getRange().start.line + 1;
      return [...new Set(Array.from(names, ([, name = '']) => name))].map((name) => ({ name, line }));
    });
}

/**
 * The image that a Dockerfile names as its frontend, by `# syntax=`; undefined when it leaves that to BuildKit
 * (Dockerfile reference, "Parser directives").
 */
export function syntaxImage(text: string): string | undefined {
  const directives = DockerfileParser.parse(text).getDirectives();
  return directives.find((one) => one.getName().toLowerCase() === 'syntax')?.getValue();
}
