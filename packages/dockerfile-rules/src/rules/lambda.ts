import type { Rule } from '../rule.ts';
import { shippedStage } from './parts.ts';

export const lambda: Rule = {
  id: 'lambda',
  since: 1,
  severity: 'error',
  title: 'AWS Lambda cannot run the image',
  why: 'Applies to images with `lambda: true`. Lambda runs a manifest of one platform, `linux/amd64` or `linux/arm64`, with layers of gzip, from a private registry without FIPS or dual-stack host. `build` and `promote` refuse anything else, too.',
  fix: 'Change the setting of the image that the message names.',
  example: {
    bad: '# towpath.yaml has platforms: [linux/s390x]\nFROM public.ecr.aws/lambda/nodejs:22\n',
    good: '# towpath.yaml has platforms: [linux/arm64]\nFROM public.ecr.aws/lambda/nodejs:22\n',
    goodOptions: { isLambda: true },
    options: {
      lambdaProblems: [
        {
          message:
            'Image api has lambda: true and is built for linux/s390x. AWS Lambda runs linux/amd64 and linux/arm64 only.',
          hint: 'Set platforms: [linux/amd64] or platforms: [linux/arm64] for api.',
        },
      ],
    },
  },
  check: function* ({ options, stages }) {
    const line = shippedStage(stages)?.line ?? 1;
    for (const problem of options.lambdaProblems ?? []) yield { line, ...problem };
  },
};
