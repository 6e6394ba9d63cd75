import type { Annotation } from '@towpath/flow';
import { formatCount } from '@towpath/markdown';
import { linesOf, type DockerfileLines } from './dockerfile-lines.ts';
import { cut, listedSubjects } from './cells.ts';
import { lineOf } from './sarif.ts';
import { countsInWords, groupByPackage, type PackageGroup } from './upgrades.ts';
import type { GateVerdict } from './verdict.ts';

/** The maximum number of annotations of one level in a step. GitHub drops the rest (actions/runner, ExecutionContext.cs). */
const maxAnnotations = 10;

/**
 * Returns the annotations of a verdict: its warnings, and a warning at each line of a Dockerfile that installs a package
 * with findings, the worst first. The errors of the step stand at the `FROM` lines.
 */
export function annotationsOf(verdict: GateVerdict): readonly Annotation[] {
  const { warnings, absent, images, lines, reasons, reportOnly } = verdict;
  const first = [
    ...warnings,
    ...absent.map(
      (name) =>
        `Image ${name} has no tag of this version, so it was not judged and is not in the output images.`,
    ),
  ].map((message): Annotation => ({ level: 'warning', message }));
  const ofReasons = reportOnly
    ? reasons.map(({ message, position }): Annotation => ({
        level: 'warning',
        message,
        ...(position && { position }),
      }))
    : [];
  const room = Math.max(0, maxAnnotations - first.length - ofReasons.length);
  const ofPackages = groupByPackage(images).flatMap((group) => packageAnnotation(group, lines));
  return [...first, ...ofReasons, ...ofPackages.slice(0, room)];
}

function packageAnnotation(
  { package: affected, violations, upgrade, images, subjects }: PackageGroup,
  lines: Readonly<Record<string, DockerfileLines>>,
): readonly Annotation[] {
  if (affected === undefined) return [];
  const positions = images.flatMap((image) => {
    const own = linesOf(lines, image);
    return own !== undefined && Object.hasOwn(own.installs, affected.name)
      ? [lineOf({ package: affected }, own)]
      : [];
  });
  const findings = violations.map(({ finding }) => finding);
  const fix =
    upgrade === undefined
      ? 'The scanner names no version that fixes them.'
      : `${cut(upgrade.version)} clears ${upgrade.cleared.length} of them.`;
  const message = `${cut(affected.name)} ${cut(affected.version ?? '')} has ${formatCount(findings.length, 'finding')} that fail${findings.length === 1 ? 's' : ''} (${countsInWords(findings)}) in ${listedSubjects(subjects)}. ${fix}`;
  const distinct = new Map(positions.map((position) => [`${position.file}:${position.line}`, position]));
  return [...distinct.values()].map((position) => ({
    level: 'warning',
    title: cut(affected.name),
    message,
    position,
  }));
}
