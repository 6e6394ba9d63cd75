import { flagValues, readDockerfile, type Instruction } from './instructions.ts';
import { fieldsOf, sourcesOf } from './stages.ts';

/** A secret or an SSH agent that a step mounts. */
export interface ConfidentialMount {
  readonly type: 'secret' | 'ssh';
  /** As written; variables are not expanded. */
  readonly id: string;
  /** From 1. */
  readonly line: number;
}

/** Returns the secrets and SSH agents that the steps of a Dockerfile mount (Dockerfile reference, `RUN --mount`). */
export function confidentialMounts(text: string): readonly ConfidentialMount[] {
  return readDockerfile(text).instructions.flatMap((instruction) =>
    instruction.keyword === 'RUN'
      ? flagValues(instruction, 'mount').flatMap((mount) => readMount(mount, instruction.line) ?? [])
      : [],
  );
}

function readMount(mount: string, line: number): ConfidentialMount | undefined {
  const fields = new Map(
    fieldsOf(mount).map((field) => {
      const { key = '', value = '' } = /^(?<key>[^=]*)(?:=(?<value>.*))?$/s.exec(field)?.groups ?? {};
      return [key.trim().toLowerCase(), value] as const;
    }),
  );
  const type = fields.get('type');
  if (type === 'ssh') return { type, id: fields.get('id') ?? 'default', line };
  if (type !== 'secret') return undefined;
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? '';
  const id = fields.get('id') ?? target.split('/').at(-1) ?? '';
  return id === '' ? undefined : { type, id, line };
}

/** Returns the stages, images and named contexts that the instruction at a line copies or mounts from. */
export function sourcesAt(text: string, line: number): readonly string[] {
  const covers = (one: Instruction) => one.line <= line && line <= one.lastLine;
  const instruction = readDockerfile(text).instructions.find(covers);
  return instruction === undefined ? [] : sourcesOf(instruction).map(({ name }) => name);
}
