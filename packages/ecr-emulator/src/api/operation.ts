import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * An input after it was checked against the service model: what the SDK types as `X | undefined` without a question
 * mark is required, and therefore there.
 */
export type Checked<I> = {
  readonly [K in keyof I]: object extends Pick<I, K> ? I[K] : Exclude<I[K], undefined>;
};

/** A call of an operation. */
export interface Call<I> {
  readonly ecr: Ecr;
  readonly caller: Caller;
  /** The one that `registryId` names, or the caller's own. The caller may do there what the call asks. */
  readonly registry: Registry;
  readonly input: Checked<I>;
}

/** An operation of the API. It throws a Refusal for what ECR refuses. */
export type Operation<I = never, O = unknown> = (call: Call<I>) => O | Promise<O>;

/** Operations by their names. */
export type Operations = Readonly<Record<string, Operation>>;
