import { severities, type Severity } from '@towpath/findings/severity';
import type { Annotation, Report } from '@towpath/flow';
import { nameOf, type JudgedImage, type JudgedSubject } from '@towpath/gate';
import { bullets, code, heading, link, md, page, table, type Content } from '@towpath/markdown';
import type { Violation } from '@towpath/scan-policy';
import type { GatePlan } from './plan.ts';

/** The maximum number of findings in the summary; the others are only counted. */
const shownFindings = 50;

export function report(plan: GatePlan): Report {
  const { verdict, images, policy, reasons } = plan;
  const subjects = images.flatMap((image) => image.subjects);
  const columns = columnsOf(subjects);
  return {
    outputs: {
      verdict,
      images: JSON.stringify(images.map(summariseImage)),
      findings: JSON.stringify(subjects.map(summarise)),
    },
    refusals: plan.reportOnly ? [] : reasons,
    annotations: [
      ...plan.warnings.map(warning),
      ...plan.absent.map((name) =>
        warning(
          `Image ${name} has no tag of this version, so it was not judged and is not in the output images.`,
        ),
      ),
      ...(plan.reportOnly ? reasons.map(({ message }) => warning(message)) : []),
    ],
    summary: page(
      heading(3, `Gate: ${verdict}`),
      `Policy: ${policy.failOn === 'none' ? 'no finding fails' : `a finding of severity ${policy.failOn} or worse fails`}.`,
      table(['Image', 'Digest', 'Scan', ...columns, 'Verdict'], subjects.map(rowOf(columns))),
      ...[...plan.unjudged, ...images.flatMap(({ doubts }) => doubts)].map(({ message }) => message),
      ...images.map(describeSkipped),
      ...subjects.filter(({ judgement }) => judgement.violations.length > 0).map(describeViolations),
    ),
  };
}

function warning(message: string): Annotation {
  return { level: 'warning', message };
}

/**
 * Returns an image in the form of the output `images`, which a promotion accepts. It contains no host and so no
 * account ID, because GitHub drops job outputs that contain a masked account ID.
 */
function summariseImage({ name, location, digest, verdict }: JudgedImage): object {
  return { name, repository: location.repository, digest, verdict };
}

function describeSkipped({ name, skipped }: JudgedImage): Content | undefined {
  if (skipped.length === 0) return undefined;
  return page(
    md`Not scanned of ${name}:`,
    bullets(skipped.map(({ digest, why }) => md`${code(digest)}: ${why}`)),
  );
}

function summarise({ image, platform, digest, status, verdict, judgement }: JudgedSubject): object {
  return { image, platform, digest, status, verdict, counts: judgement.counts };
}

/** Returns the four highest severities, and one more if a finding has an unknown severity. */
function columnsOf(subjects: readonly JudgedSubject[]): readonly Severity[] {
  const hasUnknown = subjects.some(({ judgement }) => judgement.counts.unknown > 0);
  return [...(hasUnknown ? (['unknown'] as const) : []), ...severities.slice(0, 4)];
}

function rowOf(columns: readonly Severity[]): (subject: JudgedSubject) => Content[] {
  return (subject) => [
    nameOf(subject),
    code(subject.digest),
    subject.status,
    ...columns.map((severity) => subject.judgement.counts[severity]),
    subject.verdict,
  ];
}

function describeViolations(subject: JudgedSubject): Content {
  const { violations } = subject.judgement;
  const shown = violations.slice(0, shownFindings).map(describeFinding);
  const rest = violations.length - shown.length;
  return page(heading(4, nameOf(subject)), bullets(shown), rest === 0 ? undefined : `And ${rest} more.`);
}

function describeFinding({ finding }: Violation): Content {
  const { id, severity, rating, package: affected, uri } = finding;
  const label = uri !== undefined && isWebAddress(uri) ? link(id, uri) : id;
  const rated = rating === undefined ? severity : `${severity}: ${rating}`;
  return md`${label} (${rated})${affected === undefined ? '' : ` in ${affected.name} ${affected.version ?? ''}`}${uri === undefined || label !== id ? '' : `, ${uri.slice(0, maxAddress)}`}`;
}

/** In characters. A longer URL is unlikely to be a page about a vulnerability. */
const maxAddress = 500;

/** Returns whether a URL can become a link: an http(s) URL of reasonable length. */
function isWebAddress(address: string): boolean {
  return address.length <= maxAddress && /^https?:$/.test(URL.parse(address)?.protocol ?? '');
}
