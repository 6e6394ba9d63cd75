import { CodedError } from '@towpath/errors';
import { readTextWithin, writeFileInside } from '@towpath/files';
import { planFileSchema, type Runtime } from '@towpath/flow';
import { resolve } from 'node:path';
import * as z from 'zod';

/** A plan that an earlier step wrote. */
export interface SavedPlan {
  readonly file: string;
  readonly basis: string;
  /** What it does, as JSON. */
  readonly actions: string;
  /** The time when it was applied; undefined if it was not. */
  readonly applied: string | undefined;
}

const savedSchema = z.looseObject({
  ...planFileSchema.shape,
  action: z.literal('provision'),
  applied: z.string().optional(),
  plan: z.looseObject({
    basis: z.string(),
    repositories: z.array(
      z.looseObject({
        registry: z.unknown().optional(),
        repository: z.string(),
        create: z.unknown().optional(),
        changes: z.array(z.unknown()),
      }),
    ),
    removals: z.array(z.unknown()),
    registryChanges: z.array(z.unknown()),
  }),
});

/** In bytes. */
const maxPlan = 32 * 2 ** 20;

/** @throws CodedError `plan-outdated` if the file is not a plan of provision */
export async function readSavedPlan(
  file: string,
  { workspace }: Pick<Runtime, 'workspace'>,
): Promise<SavedPlan> {
  const { plan, applied } = await read(file, workspace);
  const { repositories, removals, registryChanges } = plan;
  const actions = [
    repositories.map(({ registry, repository, create, changes }) => ({
      registry,
      repository,
      create,
      changes,
    })),
    removals,
    registryChanges,
  ];
  return { file, basis: plan.basis, actions: JSON.stringify(actions), applied };
}

/** Marks a plan as applied, so that it is not applied twice. */
export async function markApplied(
  file: string,
  { workspace, clock }: Pick<Runtime, 'workspace' | 'clock'>,
): Promise<void> {
  const saved = await read(file, workspace);
  const text = JSON.stringify({ ...saved, applied: clock.now().toISOString() }, undefined, 2);
  await writeFileInside(workspace, file, `${text}\n`);
}

async function read(file: string, workspace: string): Promise<z.output<typeof savedSchema>> {
  const text = await readTextWithin(resolve(workspace, file), {
    code: 'input-invalid',
    name: file,
    maxBytes: maxPlan,
  });
  const parsed = savedSchema.safeParse(parse(text));
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'plan-outdated',
    `${file} is not a plan of provision, or of another version of Towpath.`,
    {
      hint: 'Write a plan with mode: plan and plan-out, and name that file in the input plan.',
    },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
