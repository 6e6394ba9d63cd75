import { forAll } from '@towpath/concurrency';
import { findImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { severities } from '@towpath/findings/severity';
import { writeFileInside } from '@towpath/files';
import {
  choice,
  duration,
  optional,
  readInputs,
  required,
  text,
  withDefault,
  type Action,
} from '@towpath/flow';
import { collectScans, type GateImage, type ScannedImage } from '@towpath/gate';
import {
  annotationsOf,
  junitOf,
  reachVerdict,
  reportDocument,
  sarifOf,
  summarise,
  type GateVerdict,
} from '@towpath/gate-report';
import { parseEcrHost, parseReference, type Reference } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import { Session } from '@towpath/session';
import { loaded } from './action-commands.ts';
import { htmlReport } from './html-report.ts';
import { plainPage } from './plain-page.ts';

interface Inputs {
  readonly images: readonly string[];
  readonly format: 'table' | 'json' | 'sarif' | 'html' | 'junit';
  readonly output: string | undefined;
  readonly failOn: GatePolicy['failOn'];
  readonly timeout: number;
  readonly region: string | undefined;
  readonly dryRun: boolean;
  readonly planOut: undefined;
}

/** The verdict, and the report in its form. */
interface ReportPlan {
  readonly verdict: GateVerdict;
  readonly document: string | undefined;
  readonly output: string | undefined;
}

/** The limit of images in one call. */
const maxImages = 100;

/** In bytes. */
const maxSummary = 2_000_000;

const inputs = readInputs(
  {
    images: required(text),
    format: withDefault(choice(['table', 'json', 'sarif', 'html', 'junit']), 'table'),
    output: optional(text),
    'fail-on': withDefault(choice([...severities, 'none']), 'none'),
    timeout: withDefault(duration, 15 * 60_000),
    region: optional(text),
  },
  (values, problem): Inputs => {
    const images = [...new Set(values.images.split('\n'))];
    if (images.length > maxImages) problem(`${images.length} images are given. The limit is ${maxImages}.`);
    return { ...values, images, failOn: values['fail-on'], dryRun: false, planOut: undefined };
  },
);

const action: Action<Inputs, readonly ScannedImage[], ReportPlan, undefined, Session> = {
  name: 'scanreport',
  inputs,
  open: ({ region }, runtime) => new Session(runtime, { region }),
  facts: async ({ images, timeout, region }, session, runtime) => {
    const found = await forAll(images, (image) => findImage(image, session, region));
    return collectScans(found, { timeout }, session, runtime);
  },
  plan: ({ format, output, failOn }, scanned) => {
    const verdict = reachVerdict(
      { images: scanned, absent: [], unjudged: [], notices: [], warnings: [], lines: {} },
      { policy: { failOn }, reportOnly: false, isComplete: false },
    );
    return { verdict, output, document: documentOf(verdict, format) };
  },
  describe: () => [],
  execute: async ({ document, output, verdict }, _session, { workspace }, journal) => {
    if (output === undefined) return undefined;
    await writeFileInside(
      workspace,
      output,
      document ?? `${plainPage(summarise(verdict, maxSummary).toString())}\n`,
    );
    journal.wrote(`file ${output}`);
    return undefined;
  },
  report: ({ verdict, document, output }) => ({
    outputs: {
      verdict: verdict.verdict,
      report: JSON.stringify(reportDocument(verdict)),
      ...(output === undefined ? document !== undefined && { document } : { file: output }),
    },
    refusals: verdict.reasons,
    annotations: annotationsOf(verdict),
    summary: summarise(verdict, maxSummary),
  }),
};

/** Shows the findings of any images in ECR. */
export const scanReport = { ...loaded(action), printed: 'document' };

function documentOf(verdict: GateVerdict, format: Inputs['format']): string | undefined {
  switch (format) {
    case 'json':
      return `${JSON.stringify(reportDocument(verdict), undefined, 1)}\n`;
    case 'sarif':
      return sarifOf(verdict.images, verdict.lines, undefined).parts.join('');
    case 'junit':
      return junitOf(verdict);
    case 'html':
      return htmlReport(reportDocument(verdict));
    case 'table':
      return undefined;
  }
}

/** @throws CodedError `input-invalid`, `image-missing`, … */
async function findImage(given: string, session: Session, region: string | undefined): Promise<GateImage> {
  const { host, repository, tag, digest } = await referenceOf(given, session, region);
  const ecr = parseEcrHost(host);
  if (ecr === undefined)
    throw new CodedError('input-invalid', `${given} is not an image in a private registry of Amazon ECR.`, {
      hint: 'Write HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…, for example 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll/web:1.4.0.',
    });
  const registry = { ...ecr, kind: 'private', host } as const;
  const key = digest ?? tag ?? 'latest';
  const root = (await findImages(session.ecr(registry), repository, [key])).get(key);
  if (root === undefined)
    throw new CodedError('image-missing', `The repository ${host}/${repository} has no image ${key}.`, {
      hint: 'Check the spelling of the tag, the account and the region.',
    });
  return { name: repository, location: { registry, repository }, root, platforms: [] };
}

/** A name without a host is in the registry of the caller. Docker would take it from Docker Hub. */
async function referenceOf(given: string, session: Session, region: string | undefined): Promise<Reference> {
  const hasHost = /^[^/]*[.:][^/]*\//.test(given);
  const aws = session.aws();
  const full = hasHost ? given : `${await aws.callerHost(await aws.region(region))}/${given}`;
  const reference = parseReference(full);
  if (reference !== undefined) return reference;
  throw new CodedError('input-invalid', `${JSON.stringify(given.slice(0, 300))} is not an image reference.`, {
    hint: 'Write REPOSITORY:TAG or REPOSITORY@sha256:…, with a host for another account or region.',
  });
}
