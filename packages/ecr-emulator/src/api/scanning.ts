import type {
  DescribeImageScanFindingsRequest,
  DescribeImageScanFindingsResponse,
  GetRegistryScanningConfigurationResponse,
  ImageScanFinding,
  PutRegistryScanningConfigurationRequest,
  PutRegistryScanningConfigurationResponse,
  RegistryScanningConfiguration,
  StartImageScanRequest,
  StartImageScanResponse,
} from '@aws-sdk/client-ecr';
import { Refusal } from '../refusal.ts';
import { findImage } from '../registry/find-image.ts';
import { isIndex } from '../registry/manifest.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { isArchived } from '../registry/storage-class.ts';
import { limitExceeded, scanNotFound } from '../registry/exceptions.ts';
import { countSeverities } from '../scan/severity.ts';
import type { Call, Operations } from './operation.ts';
import { pageOf } from './page.ts';

/** The minimum time between two scans of an image, in milliseconds (ECR API, StartImageScan). */
const scanInterval = 24 * 60 * 60 * 1000;

async function startImageScan({
  ecr,
  registry,
  input,
}: Call<StartImageScanRequest>): Promise<StartImageScanResponse> {
  const repository = registry.repository(input.repositoryName);
  const image = findImage(repository, input.imageId);
  if (registry.settings.scanning.type === 'ENHANCED') {
    throw new Refusal('ValidationException', 'This feature is disabled');
  }
  if (isIndex(image)) {
    throw new Refusal(
      'UnsupportedImageTypeException',
      `The image with imageId '${image.digest}' is of a type that is not supported for scanning: ${image.mediaType}`,
    );
  }
  if (isArchived(image)) {
    throw new Refusal('ImageArchivedException', 'The specified image is archived and cannot be scanned.');
  }
  const now = ecr.clock.now();
  if (image.scanRequestedAt !== undefined && now - image.scanRequestedAt < scanInterval) {
    throw limitExceeded('The scan quota per image has been exceeded. Wait and try again.');
  }
  await repository.updateImage(image.digest, (record) => ({
    ...record,
    scanRequestedAt: now,
  }));
  return {
    registryId: registry.account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, imageTag: input.imageId.imageTag },
    imageScanStatus: { status: 'IN_PROGRESS' },
  };
}

function describeImageScanFindings({
  ecr,
  registry,
  input,
}: Call<DescribeImageScanFindingsRequest>): DescribeImageScanFindingsResponse {
  const repository = registry.repository(input.repositoryName);
  const image = findImage(repository, input.imageId);
  const scan = ecr.scanOf(registry, repository, image);
  if (scan === undefined) throw scanNotFound(input.imageId, repository.name, registry.account);
  const { status, description, result } = scan;
  const common = {
    registryId: registry.account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, imageTag: input.imageId.imageTag },
    imageScanStatus: { status, description },
  };
  if (result === undefined) return common;
  const found = numbered([...result.findings, ...result.enhancedFindings]);
  const { items, ...rest } = pageOf(found, input, ({ key }) => key);
  const page = items.map(({ finding }) => finding);
  return {
    ...common,
    imageScanFindings: {
      imageScanCompletedAt: result.completedAt,
      vulnerabilitySourceUpdatedAt: result.completedAt,
      ...(result.form === 'basic' ? { findings: page as ImageScanFinding[] } : { enhancedFindings: page }),
      // ECR counts the findings of this page only, which callers must handle.
      findingSeverityCounts: countSeverities(page),
    },
    ...rest,
  };
}

/** Adds keys to findings, by their position in the list. Their names are not unique. */
function numbered<T>(findings: readonly T[]): { key: string; finding: T }[] {
  return findings.map((finding, index) => ({ key: String(index).padStart(8, '0'), finding }));
}

function getRegistryScanningConfiguration({
  registry,
}: Call<object>): GetRegistryScanningConfigurationResponse {
  return {
    registryId: registry.account,
    scanningConfiguration: describeConfiguration(registry.settings.scanning),
  };
}

async function putRegistryScanningConfiguration({
  ecr,
  registry,
  input,
}: Call<PutRegistryScanningConfigurationRequest>): Promise<PutRegistryScanningConfigurationResponse> {
  const scanning: RegistrySettings['scanning'] = {
    since: ecr.clock.now(),
    type: input.scanType ?? 'BASIC',
    rules: (input.rules ?? []).map(({ scanFrequency = 'MANUAL', repositoryFilters = [] }) => ({
      frequency: scanFrequency,
      filters: repositoryFilters.map(({ filter = '' }) => filter),
    })),
  };
  if (scanning.type === 'BASIC' && scanning.rules.some(({ frequency }) => frequency === 'CONTINUOUS_SCAN')) {
    throw new Refusal('ValidationException', 'CONTINUOUS_SCAN is not supported for scan type BASIC');
  }
  await registry.configure((settings) => ({ ...settings, scanning }));
  return { registryScanningConfiguration: describeConfiguration(scanning) };
}

export const scanning: Operations = {
  StartImageScan: startImageScan,
  DescribeImageScanFindings: describeImageScanFindings,
  GetRegistryScanningConfiguration: getRegistryScanningConfiguration,
  PutRegistryScanningConfiguration: putRegistryScanningConfiguration,
};

function describeConfiguration({ type, rules }: RegistrySettings['scanning']): RegistryScanningConfiguration {
  return {
    scanType: type,
    rules: rules.map(({ frequency, filters }) => ({
      scanFrequency: frequency,
      repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD' })),
    })),
  };
}
