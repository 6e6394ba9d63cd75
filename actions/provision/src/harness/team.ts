import { scenario, type Ending, type Play, type Scenario } from '@towpath/testing';
import { provision } from '../action.ts';

/** The configuration of a team with one image, whose production has its own account. */
export const start = `
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images: { web: {} }
environments:
  dev: { from: build }
  prod: { from: dev, registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com, role: "arn:aws:iam::444455556666:role/provision" }
`;

/** The same team without an environment in another account. */
export const oneAccount = start.replace(/ {2}prod.*\n/, '');

/** Runs provision with these settings of repositories. */
export async function provisioning(
  scene: Scenario,
  settings: string,
  { config = oneAccount, given = {}, ...play }: Partial<Play> & { readonly config?: string } = {},
): Promise<Ending> {
  const files = { 'towpath.yaml': `${config}${settings}\n`, ...play.files };
  return scene.play(provision, { ...play, files, given: { mode: 'apply', ...given } });
}

/** Returns the operations of a run that write. */
export function writesOf({ requests }: Ending): readonly string[] {
  return requests
    .map(({ operation }) => operation)
    .filter((operation) =>
      /:(?:Create|Put|Set|Delete|Tag|Untag|Start|Update|Register|Deregister)/.test(operation),
    );
}

export { scenario, type Ending, type Scenario };
