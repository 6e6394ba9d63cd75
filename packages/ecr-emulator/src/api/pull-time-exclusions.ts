import type {
  DeregisterPullTimeUpdateExclusionRequest,
  DeregisterPullTimeUpdateExclusionResponse,
  ListPullTimeUpdateExclusionsRequest,
  ListPullTimeUpdateExclusionsResponse,
  RegisterPullTimeUpdateExclusionRequest,
  RegisterPullTimeUpdateExclusionResponse,
} from '@aws-sdk/client-ecr';
import { Refusal } from '../refusal.ts';
import { limitExceeded } from '../registry/exceptions.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

/** The service model allows 100 principals in an answer. */
const maxExclusions = 100;

/** The list is emulated. Every pull counts as a use of an image all the same. */
async function register({
  ecr,
  registry,
  input: { principalArn },
}: Call<RegisterPullTimeUpdateExclusionRequest>): Promise<RegisterPullTimeUpdateExclusionResponse> {
  const { pullTimeExclusions: before = [] } = registry.settings;
  if (before.includes(principalArn))
    throw new Refusal('ExclusionAlreadyExistsException', `The exclusion for ${principalArn} already exists`);
  if (before.length >= maxExclusions) throw limitExceeded(`There are ${maxExclusions} exclusions`);
  await registry.configure((settings) => ({
    ...settings,
    pullTimeExclusions: [...before, principalArn].sort(),
  }));
  return { principalArn, createdAt: new Date(ecr.clock.now()) };
}

async function deregister({
  registry,
  input: { principalArn },
}: Call<DeregisterPullTimeUpdateExclusionRequest>): Promise<DeregisterPullTimeUpdateExclusionResponse> {
  const { pullTimeExclusions: before = [] } = registry.settings;
  if (!before.includes(principalArn))
    throw new Refusal('ExclusionNotFoundException', `There is no exclusion for ${principalArn}`);
  await registry.configure((settings) => ({
    ...settings,
    pullTimeExclusions: before.filter((one) => one !== principalArn),
  }));
  return { principalArn };
}

function list({
  registry,
  input,
}: Call<ListPullTimeUpdateExclusionsRequest>): ListPullTimeUpdateExclusionsResponse {
  const { items, ...rest } = pageOf(registry.settings.pullTimeExclusions ?? [], input, (one) => one);
  return { pullTimeUpdateExclusions: items, ...rest };
}

export const pullTimeExclusions: Operations = {
  RegisterPullTimeUpdateExclusion: register,
  DeregisterPullTimeUpdateExclusion: deregister,
  ListPullTimeUpdateExclusions: list,
};
