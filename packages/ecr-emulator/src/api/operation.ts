import type { Caller } from '../access/caller.ts';
import type { Ecr } from '../ecr.ts';
import type { Registry } from '../registry/registry.ts';

/**
 * An input that was checked against the service model. The SDK types required members as `X | undefined` without a
 * question mark; here they are never undefined.
 */
export type Checked<I> = {
  readonly [K in keyof I]: object extends Pick<I, K> ? I[K] : Exclude<I[K], undefined>;
};

/** A call of an operation. */
export interface Call<I> {
  readonly ecr: Ecr;
  readonly caller: Caller;
  /** The registry of `registryId`, or the caller's own. The caller is authorized for the call. */
  readonly registry: Registry;
  readonly input: Checked<I>;
}

/** An operation of the API. It throws a Refusal for each error of ECR. */
export type Operation<I = never, O = unknown> = (call: Call<I>) => O | Promise<O>;

/** Operations by name. */
export type Operations = Readonly<Record<string, Operation>>;
