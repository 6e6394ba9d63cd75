import type { Annotation, Report } from '@towpath/flow';
import type { JudgedImage, JudgedSubject } from '@towpath/gate';
import { annotationsOf, summarise } from '@towpath/gate-report';
import type { Written } from './execute.ts';
import type { GatePlan } from './plan.ts';

/** In bytes. GitHub drops a summary of more than 1 MiB, and the step may add more text. */
const maxSummary = 900_000;

export function report(plan: GatePlan, { notices, files }: Written): Report {
  const { verdict, images, reasons, reportOnly } = plan;
  const subjects = images.flatMap((image) => image.subjects);
  const omissions = files.flatMap((file) => file.omissions ?? []);
  return {
    outputs: {
      verdict,
      images: JSON.stringify(images.map(summariseImage)),
      findings: JSON.stringify(subjects.map(summariseSubject)),
      ...Object.fromEntries(files.map(({ output, path }) => [output, path])),
    },
    refusals: reportOnly ? [] : reasons,
    annotations: [...plan.notices.map(notice), ...annotationsOf(plan), ...omissions.map(notice), ...notices],
    summary: summarise(plan, maxSummary),
  };
}

function notice(message: string): Annotation {
  return { level: 'notice', message };
}

/**
 * Returns an image in the form of the output `images`, which a promotion accepts. It contains no host and so no
 * account ID, because GitHub drops job outputs that contain a masked account ID.
 */
function summariseImage({ name, location, digest, verdict }: JudgedImage): object {
  return { name, repository: location?.repository, digest, verdict };
}

function summariseSubject({ image, platform, digest, status, verdict, judgement }: JudgedSubject): object {
  return { image, platform, digest, status, verdict, counts: judgement.counts };
}
