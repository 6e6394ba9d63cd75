import type { Problem } from '@towpath/errors';
import type { Finding } from '@towpath/findings';
import { severities, type Severity } from '@towpath/findings/severity';
import { nameOf, type JudgedImage, type JudgedSubject } from '@towpath/gate';
import {
  bullets,
  code,
  details,
  formatCount,
  heading,
  Markdown,
  md,
  page,
  table,
  type Content,
} from '@towpath/markdown';
import { countAllowed, type Verdict, type Violation } from '@towpath/scan-policy';
import { acceptedIn, acceptedRow, deferredIn, deferredRow, staleRow } from './accepted.ts';
import { cut, findingLink, listedSubjects, listedText, packageOf, ratingOf } from './cells.ts';
import { rowLimits } from './report-paths.ts';
import { countsInWords, failedBefore, groupByPackage, type PackageGroup } from './upgrades.ts';
import type { GateVerdict } from './verdict.ts';

/** The parts of a verdict that the summary shows. */
export interface Judged extends Pick<
  GateVerdict,
  'verdict' | 'images' | 'policy' | 'reportOnly' | 'unjudged' | 'staleIgnores'
> {
  /** What judged the images, for the heading. Default: `Gate`. */
  readonly judge?: string;
}

/** A table of the report. */
interface Section {
  readonly title: string;
  readonly header: readonly string[];
  /** The first rows. */
  readonly rows: readonly (readonly Content[])[];
  /** The number of all rows. */
  readonly count: number;
}

/**
 * Returns the report that a person reads first: the verdict, a row for each image and platform, the packages to
 * upgrade, the accepted findings, and the rest folded. Each table starts with the worst, and shows as many rows as
 * the limit allows.
 *
 * @param maxLength in bytes of UTF-8
 */
export function summarise(judged: Judged, maxLength: number): Markdown {
  const { images, unjudged } = judged;
  const groups = groupByPackage(images);
  const head = page(headingOf(judged), verdictLine(judged, groups));
  const overview = imageSection(images);
  const unknown = unknownProblems(images, unjudged);
  const columns = ['Package', 'Upgrade', 'Findings', 'Images'];
  const open = [
    section('What fails', columns, groups, groupRow),
    section('What failed before', columns, groupByPackage(images, failedBefore), groupRow),
    section('Accepted', ['Finding', 'Package', 'Until', 'Reason', 'Images'], acceptedIn(images), acceptedRow),
    section(
      'Within the grace period',
      ['Finding', 'Package', 'Fails after', 'Images'],
      deferredIn(images),
      deferredRow,
    ),
    section('Ignores to delete or renew', ['Ignore', 'State', 'Why'], judged.staleIgnores, staleRow),
  ];
  const folded = [
    section(
      'Why each finding fails',
      ['Finding', 'Package', 'Image', 'Why'],
      violationsIn(images),
      reasonRow,
    ),
    section(
      'Findings that the policy allows',
      ['Finding', 'Package', 'Fix', 'Image'],
      allowedIn(images),
      allowedRow,
      allowedCount(images),
    ),
    section('Not scanned', ['Image', 'Digest', 'Why'], skippedIn(images), skippedRow),
    section('Notes', ['Note'], notesIn(images), (note) => [cut(note)]),
  ];
  for (const rows of rowLimits) {
    const shown = page(
      head,
      tableOf(overview, rows),
      unknownList(unknown, rows),
      ...open.flatMap((one) => (one.count === 0 ? [] : [heading(4, one.title), tableOf(one, rows)])),
      ...folded.flatMap((one) =>
        one.count === 0 ? [] : [details(`${one.title} (${one.count})`, tableOf(one, rows) ?? '')],
      ),
    );
    if (Buffer.byteLength(shown.toString()) <= maxLength) return shown;
  }
  return head;
}

function section<T>(
  title: string,
  header: readonly string[],
  entries: readonly T[],
  row: (entry: T) => readonly Content[],
  count = entries.length,
): Section {
  return { title, header, rows: entries.slice(0, rowLimits[0]).map(row), count };
}

/** Returns a table of at most this number of rows, and says how many are left out. */
function tableOf({ header, rows, count }: Section, limit: number): Content | undefined {
  if (count === 0) return undefined;
  const shown = rows.slice(0, limit);
  const more = md`And ${count - shown.length} more. The files of the inputs ${code('report-out')} and ${code('sarif-out')} list all.`;
  return page(table(header, shown), count > shown.length ? more : undefined);
}

const marks: Readonly<Record<Verdict, string>> = { pass: '✅', fail: '❌', unknown: '❔' };

const titles: Readonly<Record<Verdict, string>> = {
  pass: ' passed',
  fail: ' failed',
  unknown: ': the result is unknown',
};

function headingOf({ verdict, reportOnly, judge = 'Gate' }: Judged): Markdown {
  const suffix = reportOnly ? ' (report only: the step does not fail)' : '';
  return heading(3, `${marks[verdict]} ${judge}${titles[verdict]}${suffix}`);
}

function verdictLine(
  { verdict, images, policy, unjudged }: Judged,
  groups: readonly PackageGroup[],
): Content {
  const subjects = images.flatMap((image) => image.subjects);
  const judged = `${formatCount(images.length, 'image')}, ${formatCount(subjects.length, 'scan')}`;
  const rule = policy.failOn === 'none' ? 'no severity fails by itself' : `${policy.failOn} or worse fails`;
  const before = groupByPackage(images, failedBefore).flatMap(({ violations }) => violations).length;
  if (verdict === 'pass')
    return before === 0
      ? md`**${judged}**, no finding breaks the policy (${rule}).`
      : md`**${judged}**, no finding is new. ${formatCount(before, 'finding')} that failed before still ${before === 1 ? 'breaks' : 'break'} the policy (${rule}).`;
  const unknown = images.filter((image) => image.verdict === 'unknown').length + unjudged.length;
  const findings = groups.flatMap(({ violations }) => violations.map(({ finding }) => finding));
  const parts = [
    ...(findings.length > 0
      ? [
          `${formatCount(findings.length, 'finding')} in ${formatCount(groups.length, 'package')} (${countsInWords(findings)})`,
        ]
      : []),
    ...(unknown > 0 ? [`${formatCount(unknown, 'image')} without a complete scan`] : []),
    ...(images.length + unjudged.length === 0 ? ['no image to judge'] : []),
  ];
  return md`**${parts.join('; ') || 'see below'}**. Judged: ${judged}. Policy: ${rule}.`;
}

function imageSection(images: readonly JudgedImage[]): Section {
  const subjects = images.flatMap((image) => image.subjects);
  const hasUnknown = subjects.some(({ judgement }) => judgement.counts.unknown > 0);
  const columns: readonly Severity[] = [
    ...(hasUnknown ? (['unknown'] as const) : []),
    ...severities.slice(0, 4),
  ];
  const hasAccepted = subjects.some(({ judgement }) => judgement.accepted.length > 0);
  const sorted = subjects.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
  // A phone shows the first three columns, and a comment on a desktop all but the last.
  const header = [
    'Verdict',
    'Image',
    'Fails',
    ...columns.map(capitalise),
    ...(hasAccepted ? ['Accepted'] : []),
    'Scan',
    'Digest',
  ];
  return section('Images', header, sorted, ({ verdict, image, platform, judgement, status, digest }) => [
    md`${marks[verdict]} ${verdict}`,
    listedSubjects([{ image, platform }]),
    // Without a complete scan, no finding does not mean that there is none.
    ...[
      judgement.violations.length,
      ...columns.map((severity) => judgement.counts[severity]),
      ...(hasAccepted ? [judgement.accepted.length] : []),
    ].map((count) => (verdict === 'unknown' && count === 0 ? '?' : count)),
    cut(status),
    code(shortDigest(digest)),
  ]);
}

const order: readonly Verdict[] = ['fail', 'unknown', 'pass'];

function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Returns the reasons why the verdict of images is unknown. */
function unknownProblems(images: readonly JudgedImage[], unjudged: Judged['unjudged']): readonly Problem[] {
  const ofImages = images.flatMap(({ doubts, subjects }) => [
    ...doubts,
    ...subjects.flatMap(({ verdict, reason }) => (verdict === 'unknown' && reason ? [reason] : [])),
  ]);
  return [...unjudged, ...ofImages];
}

function unknownList(problems: readonly Problem[], rows: number): Content | undefined {
  if (problems.length === 0) return undefined;
  const shown = problems
    .slice(0, rows)
    .map(({ message, hint = '' }) => md`${cut(message, 1000)} ${cut(hint, 1000)}`);
  const rest = problems.length - shown.length;
  return page(heading(4, 'What is unknown'), bullets([...shown, ...(rest > 0 ? [`And ${rest} more.`] : [])]));
}

function groupRow({ package: affected, violations, upgrade, subjects }: PackageGroup): readonly Content[] {
  const findings = violations.map(({ finding }) => finding);
  const origins = new Set(violations.map(({ origin }) => origin));
  const isOfBase = origins.size === 1 && origins.has('base');
  const isNew = violations.filter(({ since }) => since === 'introduced').length;
  const ids = [
    ...findings.slice(0, 3).map((finding) => md`${findingLink(finding)} (${ratingOf(finding)})`),
    ...(findings.length > 3 ? [`and ${findings.length - 3} more`] : []),
  ];
  return [
    affected === undefined
      ? 'The image'
      : md`**${cut(affected.name)}** ${cut(affected.version ?? '')}${isOfBase ? ', in the base image' : ''}`,
    upgradeOf(findings, upgrade),
    md`${joined(ids)}${isNew > 0 ? md`, ${isNew} introduced by this image` : ''}`,
    listedSubjects(subjects),
  ];
}

/** Returns, for example, `3.0.2-1 clears 3 of 4: 2 critical, 1 high`. */
function upgradeOf(findings: readonly Finding[], upgrade: PackageGroup['upgrade']): Content {
  if (upgrade === undefined) return noFix(findings);
  const { version, cleared, others } = upgrade;
  const more =
    others.length === 0
      ? ''
      : `; other fixes: ${listedText(others.slice(0, 3))}${others.length > 3 ? ', …' : ''}`;
  return md`${code(cut(version))} clears ${cleared.length} of ${findings.length}: ${countsInWords(cleared)}${more}`;
}

function noFix(findings: readonly Finding[]): string {
  const states = new Set(findings.map(({ fix }) => fix.state));
  if (states.has('fixed') || states.has('partial')) return 'A fix exists, the scanner names no version';
  if (states.has('unknown')) return 'The scanner names no fix';
  return states.has('none') ? 'No fix exists yet' : 'The vendor will not fix it';
}

/** An entry of a judgement, with the image and platform. */
interface Of<T> {
  readonly entry: T;
  readonly subject: JudgedSubject;
}

function entriesOf<T>(
  images: readonly JudgedImage[],
  entries: (judgement: JudgedSubject['judgement']) => readonly T[],
): readonly Of<T>[] {
  return images.flatMap(({ subjects }) =>
    subjects.flatMap((subject) => entries(subject.judgement).map((entry) => ({ entry, subject }))),
  );
}

function violationsIn(images: readonly JudgedImage[]): readonly Of<Violation>[] {
  return entriesOf(images, ({ violations }) => violations);
}

function reasonRow({ entry: { finding, reasons, since }, subject }: Of<Violation>): readonly Content[] {
  const origin = since === 'introduced' ? 'introduced by this image' : 'published since the baseline';
  const all = since === undefined ? reasons : [...reasons, origin];
  return [findingLink(finding), packageOf(finding), nameOf(subject), cut(all.join('; '))];
}

interface AllowedFinding {
  readonly finding: Finding;
  readonly isInBaseline: boolean;
}

function allowedIn(images: readonly JudgedImage[]): readonly Of<AllowedFinding>[] {
  return [
    ...entriesOf(images, ({ known }) =>
      known
        .filter(({ since }) => since !== 'earlier')
        .map(({ finding }) => ({ finding, isInBaseline: true })),
    ),
    ...entriesOf(images, ({ allowed }) => allowed.map((finding) => ({ finding, isInBaseline: false }))),
  ];
}

/** Counts the findings that {@link allowedIn} lists, with those that the verdict does not keep. */
function allowedCount(images: readonly JudgedImage[]): number {
  const subjects = images.flatMap((image) => image.subjects);
  return subjects.reduce((sum, { judgement }) => {
    const inBaseline = judgement.known.filter(({ since }) => since !== 'earlier').length;
    return sum + inBaseline + countAllowed(judgement);
  }, 0);
}

function allowedRow({ entry: { finding, isInBaseline }, subject }: Of<AllowedFinding>): readonly Content[] {
  return [
    md`${findingLink(finding)} (${ratingOf(finding)}${isInBaseline ? ', in the baseline' : ''})`,
    packageOf(finding),
    cut(finding.fix.versions.join(', ')),
    nameOf(subject),
  ];
}

interface Skipped {
  readonly name: string;
  readonly digest: string;
  readonly why: string;
}

function skippedIn(images: readonly JudgedImage[]): readonly Skipped[] {
  return images.flatMap(({ name, skipped }) => skipped.map((one) => ({ name, ...one })));
}

function skippedRow({ name, digest, why }: Skipped): readonly Content[] {
  return [name, code(shortDigest(digest)), why];
}

function notesIn(images: readonly JudgedImage[]): readonly string[] {
  return [...new Set(images.flatMap(({ subjects }) => subjects.flatMap(({ judgement }) => judgement.notes)))];
}

function joined(parts: readonly Content[]): Markdown {
  return parts.reduce<Markdown>(
    (all, part, index) => (index === 0 ? md`${part}` : md`${all}, ${part}`),
    new Markdown(''),
  );
}
