import { forAll } from '@towpath/concurrency';
import type { Config, ImageConfig, ScanConfig } from '@towpath/config';
import type { Runtime } from '@towpath/flow';
import type { DockerfileLines } from '@towpath/gate-report';
import { chooseScanners, titles, type ChosenScanner } from '@towpath/scanners';
import type { GatePolicy } from '@towpath/scan-policy';

/** How the built images are scanned and judged. Plain data. */
export interface ScanTerms {
  /** At least one. */
  readonly scanners: readonly ChosenScanner[];
  readonly policy: GatePolicy;
  /** The lines of the Dockerfiles, by the name of the image. */
  readonly lines: Readonly<Record<string, DockerfileLines>>;
}

/**
 * Chooses the scanners, and reads what the verdict needs. Undefined: nothing is scanned.
 *
 * @throws CodedError `scanner-missing`
 */
export async function readScanTerms(
  scan: ScanConfig,
  config: Config,
  images: readonly ImageConfig[],
  runtime: Runtime,
): Promise<ScanTerms | undefined> {
  if (scan === 'off') return undefined;
  const scanners = chooseScanners(scan, runtime.env);
  if (scanners.length === 0) return undefined;
  const { readLines } = await import('@towpath/gate-report');
  const { baseline, ...policy } = config.gate;
  if (baseline !== undefined)
    runtime.log.annotate({
      level: 'notice',
      message: `The scan with ${titles(scanners.map(({ name }) => name))} does not use gate.baseline: build does not read what ${baseline} runs.`,
    });
  const lines = await forAll(
    images,
    async (image) => [image.name, await readLines(image, config, runtime)] as const,
  );
  return { scanners, policy, lines: Object.fromEntries(lines) };
}
