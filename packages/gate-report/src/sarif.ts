import type { Finding } from '@towpath/findings';
import { nameOf, type JudgedImage, type JudgedSubject } from '@towpath/gate';
import { findingsRun, limits, serialise, type SarifFile, type SarifLocation } from '@towpath/sarif';
import { linesOf, type DockerfileLines } from './dockerfile-lines.ts';

const tool = { name: 'Towpath', uri: 'https://github.com/towpath/towpath' };

/**
 * Returns the findings as a SARIF file, with a category for each image and platform. A subject without a complete scan
 * is left out: GitHub would close its alerts.
 *
 * @param environment the environment that is judged, if one was named. Its alerts are apart from those of the build
 */
export function sarifOf(
  images: readonly JudgedImage[],
  lines: Readonly<Record<string, DockerfileLines>>,
  environment: string | undefined,
): SarifFile {
  const subjects = images.flatMap((image) => image.subjects);
  const complete = subjects.filter(({ verdict }) => verdict !== 'unknown').toSorted(byViolations);
  const categoryOf = categories(environment);
  const named = complete.map((subject) => ({ subject, category: categoryOf(subject) }));
  const { parts, omissions } = serialise(tool, {
    *[Symbol.iterator]() {
      for (const [index, { subject, category }] of named.entries()) {
        const locate = (finding: Finding) => lineOf(finding, linesOf(lines, subject.image));
        // GitHub accepts no more runs, so the results of the rest are not formatted.
        yield index >= limits.runs
          ? { category, rules: [], results: [] }
          : findingsRun({ category, ...subject.judgement, locate });
      }
    },
  });
  const left = subjects.filter(({ verdict }) => verdict === 'unknown').map(nameOf);
  if (left.length === 0) return { parts, omissions };
  const names = left.length > 5 ? `${left.slice(0, 5).join(', ')}, …` : left.join(', ');
  return {
    parts,
    omissions: [
      ...omissions,
      `The SARIF file does not contain ${names}: the scan is not complete, and GitHub would close the alerts.`,
    ],
  };
}

function byViolations({ judgement: one }: JudgedSubject, { judgement: other }: JudgedSubject): number {
  return other.violations.length - one.violations.length;
}

/** Returns a function that returns a different category for each subject, and the same one the next time. */
function categories(environment: string | undefined): (subject: JudgedSubject) => string {
  const seen = new Map<string, number>();
  return ({ image, platform }) => {
    const parts = ['towpath', environment, image, platform].filter((part) => part !== undefined);
    const category = parts.join('/');
    const count = (seen.get(category) ?? 0) + 1;
    seen.set(category, count);
    return count === 1 ? category : `${category}/${count}`;
  };
}

/** Returns the line that installs the package of a finding, or the `FROM` of the base image. */
export function lineOf(
  { package: affected }: Pick<Finding, 'package'>,
  lines: DockerfileLines | undefined,
): SarifLocation {
  const { file, from, installs } = lines ?? { file: 'Dockerfile', from: 1, installs: {} };
  const line =
    affected !== undefined && Object.hasOwn(installs, affected.name) ? installs[affected.name] : undefined;
  return { file, line: line ?? from };
}
