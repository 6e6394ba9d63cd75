import { declarations, type Frontend } from '@towpath/dockerfile';
import { suggest } from '@towpath/errors';
import type { Annotation } from '@towpath/flow';
import { isBuilderArg } from '@towpath/proxy';

/** The parts of an image that are checked. */
interface DeclaringImage {
  readonly image: {
    readonly name: string;
    readonly dockerfile: string;
    readonly args: ReadonlyMap<string, string>;
  };
  /** The text of its Dockerfile. */
  readonly text: string;
  readonly frontend: Frontend | undefined;
}

/**
 * Returns a warning for each build arg that no Dockerfile declares, because BuildKit ignores them silently. An arg of
 * the input applies to all images, so one Dockerfile that declares it is enough.
 *
 * @param given the args of the input
 */
export function annotateUndeclaredArgs(
  images: readonly DeclaringImage[],
  given: ReadonlyMap<string, string>,
): readonly Annotation[] {
  // Other frontends may use args in other ways.
  if (images.some(({ frontend }) => frontend !== undefined && !isOwn(frontend))) return [];
  const read = images.map(({ image, text }) => ({ ...image, declared: namesOf(text) }));
  const ofInput = [...given.keys()].filter((arg) =>
    isMissing(
      arg,
      read.flatMap(({ declared }) => declared),
    ),
  );
  return [
    ...read.flatMap(({ name, dockerfile, args, declared }) =>
      [...args.keys()]
        .filter((arg) => !given.has(arg) && isMissing(arg, declared))
        .map((arg) =>
          warning(
            `Image ${name} has the build arg ${arg}, but ${dockerfile} has no ARG ${arg}: the arg is ignored. ${suggest(arg, declared)}`,
            dockerfile,
          ),
        ),
    ),
    ...(read.length === 0 ? [] : ofInput).map((arg) => {
      const names = read.map(({ name }) => name).join(', ');
      const declared = [...new Set(read.flatMap((one) => one.declared))];
      return warning(
        `The input build-args has ${arg}, but no Dockerfile of ${names} has ARG ${arg}: the arg is ignored. ${suggest(arg, declared)}`,
        read[0]?.dockerfile,
      );
    }),
  ];
}

function isMissing(arg: string, declared: readonly string[]): boolean {
  return !isBuilderArg(arg) && !declared.includes(arg);
}

function isOwn({ image }: Frontend): boolean {
  return /(?:^|\/)docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(image);
}

function namesOf(text: string): readonly string[] {
  const args = declarations(text).filter(({ instruction }) => instruction === 'ARG');
  return [...new Set(args.map(({ name }) => name))];
}

function warning(message: string, file: string | undefined): Annotation {
  return {
    level: 'warning',
    title: 'build-args',
    message,
    ...(file !== undefined && { position: { file } }),
  };
}
