import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsResponse,
} from '@aws-sdk/client-ecr';
import type { Finding } from '@towpath/findings';
import type { Digest } from '@towpath/reference';
import type { PrivateEcr } from './aws.ts';
import { failure, type Call } from './call.ts';
import { readPages } from './pages.ts';

/** ECR's status of a scan, or ABSENT without a scan, as is usual directly after a push. */
export type ScanStatus = string;

/** The scan of one image at one time, with the findings of all pages. */
export interface Scan {
  readonly status: ScanStatus;
  readonly description: string;
  readonly findings: readonly Finding[];
  readonly completedAt?: Date;
}

export interface ReadScanOptions {
  /** Cancels the requests. */
  readonly signal?: AbortSignal;
  /** Waits until the next request may be sent. Called before each page. */
  readonly takeTurn?: () => Promise<void>;
}

const pageSize = 1000;

/** 200,000 findings of one image. An answer with more pages is considered endless. */
const maxPages = 200;

/** The answer for an image without a scan. */
const noScan: DescribeImageScanFindingsResponse = {};

/**
 * Reads the scan of an image: its status and the findings of all pages. Ignores ECR's counts, which cover one page.
 *
 * @throws CodedError `image-missing`, `access-denied`, `outside-failed` if the pages do not end, …
 */
export async function readScan(
  registry: PrivateEcr,
  repository: string,
  digest: Digest,
  { signal, takeTurn }: ReadScanOptions = {},
): Promise<Scan> {
  const what = {
    operation: 'ecr:DescribeImageScanFindings',
    subject: `${repository}@${digest} in ${registry.host}`,
  };
  const request = {
    registryId: registry.account,
    repositoryName: repository,
    imageId: { imageDigest: digest },
    maxResults: pageSize,
  };
  const read = async (nextToken: string | undefined) => {
    await takeTurn?.();
    return readPage(registry, new DescribeImageScanFindingsCommand({ ...request, nextToken }), what, signal);
  };
  const { ecrBasicFinding, ecrEnhancedFindings } = await import('@towpath/findings');
  const findings: Finding[] = [];
  let last = noScan;
  for await (const page of readPages(what, read, maxPages)) {
    const { findings: basic = [], enhancedFindings: enhanced = [] } = page.imageScanFindings ?? {};
    for (const finding of basic) findings.push(ecrBasicFinding(finding));
    for (const finding of enhanced.flatMap((one) => ecrEnhancedFindings(one))) findings.push(finding);
    last = page;
  }
  if (last === noScan) return { status: 'ABSENT', description: 'ECR has no scan of the image', findings: [] };
  return {
    status: last.imageScanStatus?.status ?? 'ABSENT',
    description: truncate(last.imageScanStatus?.description ?? ''),
    findings,
    completedAt: last.imageScanFindings?.imageScanCompletedAt,
  };
}

async function readPage(
  { client }: PrivateEcr,
  command: DescribeImageScanFindingsCommand,
  what: Call,
  signal: AbortSignal | undefined,
): Promise<DescribeImageScanFindingsResponse> {
  try {
    return await client.send(command, { abortSignal: signal });
  } catch (error) {
    if (error instanceof Error && error.name === 'ScanNotFoundException') return noScan;
    throw failure(what, error);
  }
}

/** The maximum length of ECR's description in messages. */
const maxText = 500;

function truncate(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}
