import { flagValues, readDockerfile, type Instruction } from './instructions.ts';

/** One stage of a Dockerfile. */
export interface Stage {
  /** The name after `AS`, in lower case. */
  readonly name: string | undefined;
  /** The base image or stage, as written. */
  readonly base: string;
  /** The value of `--platform`, as written. */
  readonly platform: string | undefined;
  /** The line of the `FROM`, from 1. */
  readonly line: number;
  readonly instructions: readonly Instruction[];
}

export interface StagedDockerfile {
  readonly escape: string;
  /** The instructions before the first stage: arguments for `FROM` lines. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
}

/** Splits a Dockerfile into stages. Ignores a `FROM` without an image. */
export function readStages(text: string): StagedDockerfile {
  const { escape, instructions } = readDockerfile(text);
  const globals: Instruction[] = [];
  const stages: (Stage & { readonly instructions: Instruction[] })[] = [];
  for (const instruction of instructions) {
    const [base, as, name] = instruction.words.map((word) => word.text);
    if (instruction.keyword !== 'FROM') (stages.at(-1)?.instructions ?? globals).push(instruction);
    else if (base !== undefined) {
      stages.push({
        name: as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined,
        base,
        platform: flagValues(instruction, 'platform')[0],
        line: instruction.line,
        instructions: [],
      });
    }
  }
  return { escape, globals, stages };
}

/** A stage or an image that an instruction takes files from. */
export interface Source {
  readonly name: string;
  /** Whether a number means the stage of that number. */
  readonly byNumber: boolean;
}

/** Returns the stages and images in `COPY --from` and `RUN --mount=from`. */
export function sourcesOf(instruction: Instruction): readonly Source[] {
  if (instruction.keyword === 'COPY')
    return flagValues(instruction, 'from').map((name) => ({ name, byNumber: true }));
  if (instruction.keyword !== 'RUN') return [];
  return flagValues(instruction, 'mount')
    .flatMap(fieldsOf)
    .flatMap((field) => /^from=(?<from>.+)$/i.exec(field)?.groups?.from ?? [])
    .map((name) => ({ name, byNumber: false }));
}

/** Returns the instructions of all `ONBUILD` of a stage. They run in each stage that is based on it. */
export function triggersOf({ instructions }: Stage, escape: string): readonly Instruction[] {
  return instructions
    .filter(({ keyword }) => keyword === 'ONBUILD')
    .flatMap(({ source }) => {
      const trigger = source.replace(/^\s*ONBUILD\s/i, '');
      return readDockerfile(`# escape=${escape}\n${trigger}`).instructions.slice(0, 1);
    });
}

/** Splits a line of comma-separated values (RFC 4180). */
export function fieldsOf(line: string): readonly string[] {
  const fields = line.matchAll(/(?<=^|,)(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^,]*))/g);
  return Array.from(
    fields,
    ({ groups: { quoted, plain = '' } = {} }) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
