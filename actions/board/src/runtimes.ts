import { forAll } from '@towpath/concurrency';
import { runningOnEcs, runningOnLambda, type RunningImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { BoardInputs, RuntimeKind } from './inputs.ts';
import type { ReadLedger, RegistryAccess } from './ledgers.ts';

/** What a runtime of an account and region runs. */
export interface RuntimeReading {
  readonly kind: RuntimeKind;
  /** The account and region, as `account/region`. */
  readonly recorded: string;
  readonly state: 'read' | 'denied' | 'failed';
  /** Why it could not be read. Empty if it was. */
  readonly detail: string;
  readonly images: readonly RunningImage[];
}

/** The limit of requests is reached. */
class LimitReached extends Error {}

/** Reads what runs in the accounts and regions of the ledgers. A runtime that cannot be read is a result, not an error. */
export async function readRuntimes(
  ledgers: readonly ReadLedger[],
  { runtimes, maxCalls }: BoardInputs,
  session: Session,
): Promise<readonly RuntimeReading[]> {
  const registries = new Map(ledgers.map(({ registry }) => [registryKey(registry), registry]));
  const questions = [...registries.values()].flatMap((registry) =>
    runtimes.map((kind) => ({ kind, registry })),
  );
  return forAll(questions, ({ kind, registry }) => readRuntime(kind, registry, maxCalls, session));
}

async function readRuntime(
  kind: RuntimeKind,
  registry: RegistryAccess,
  maxCalls: number,
  session: Session,
): Promise<RuntimeReading> {
  const common = { kind, recorded: registryKey(registry), images: [] };
  const heed = () => {
    if (session.calls >= maxCalls) throw new LimitReached();
  };
  const read = kind === 'ecs' ? runningOnEcs : runningOnLambda;
  try {
    return {
      ...common,
      state: 'read',
      detail: '',
      images: await read(session.aws(registry), registry, heed),
    };
  } catch (error) {
    if (error instanceof LimitReached)
      return {
        ...common,
        state: 'failed',
        detail: `The limit of ${maxCalls} requests was reached. Increase the input max-calls.`,
      };
    if (!(error instanceof CodedError) || error.code === 'cancelled') throw error;
    const state = error.code === 'access-denied' ? 'denied' : 'failed';
    return { ...common, state, detail: error.message };
  }
}
