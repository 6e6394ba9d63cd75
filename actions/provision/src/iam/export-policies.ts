import type { ExportFile } from '../export.ts';
import type { Target } from '../targets.ts';
import type { Access } from './access.ts';
import { jobPolicies } from './job-policies.ts';
import { repositoryPolicies } from './repository-policies.ts';

/** In characters without white space (IAM user guide, "IAM and AWS STS quotas"). */
const maxManagedPolicy = 6144;

/** Returns the policies of IAM for the jobs of a configuration, or those of repositories that other accounts use. */
export function exportPolicies(
  format: 'iam' | 'repository-policies',
  access: Access,
  targets: readonly Target[],
): readonly ExportFile[] {
  if (format === 'iam')
    return Object.entries(jobPolicies(access)).map(([name, policy]) => ({
      ...fileOf(name, policy),
      notes: tooLong(name, policy),
    }));
  return repositoryPolicies(access, targets).map(({ file, policy, repositories }) => ({
    ...fileOf(file, policy),
    notes: repositories.map(
      ({ registry: { account, region }, repository }) =>
        `${file}.json is the policy of ${repository}. To set it: aws ecr set-repository-policy --registry-id ${account} --region ${region} --repository-name ${repository} --policy-text file://${file}.json`,
    ),
  }));
}

function fileOf(name: string, policy: object): Omit<ExportFile, 'notes'> {
  return { name: `iam/${name}.json`, text: `${JSON.stringify(policy, undefined, 2)}\n`, missing: [] };
}

function tooLong(name: string, policy: object): readonly string[] {
  const { length } = JSON.stringify(policy);
  if (length <= maxManagedPolicy) return [];
  return [
    `${name}.json has ${length} characters, but IAM allows ${maxManagedPolicy} in a managed policy. Name the repositories after the prefix of the registry, so that one ARN covers them.`,
  ];
}
