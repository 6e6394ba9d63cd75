import type { EnhancedImageScanFinding, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr';
import type { FindingDetail } from '@aws-sdk/client-inspector2';
import { isDigest } from '@towpath/reference';
import { ownProperty } from '../own-property.ts';
import type { Image } from '../registry/record.ts';
import { convert, Mismatch, readModel, scripting } from '../service-model/model.ts';

/** The scripted scan result of an image. */
export interface ScanScript {
  /** The final status. Default: COMPLETE, or ACTIVE with enhanced scanning. */
  readonly status?: ScanStatus;
  /** Replaces `status` with one that the model of this API version does not have: AWS adds statuses. */
  readonly newStatus?: string;
  /** The time from COMPLETE or ACTIVE until ECR returns the findings, in milliseconds. Default: as for all images. */
  readonly findingsAfterMs?: number;
  /** ECR's description of the status. */
  readonly description?: string;
  readonly findings?: readonly ImageScanFinding[];
  readonly enhancedFindings?: readonly EnhancedImageScanFinding[];
  /** What only Inspector's own API says about vulnerabilities, by id: EPSS, and CISA's catalog. */
  readonly vulnerabilities?: Readonly<Record<string, FindingDetail>>;
}

/** Scripts by digest, by `repository:tag`, or by tag. */
export type ScanScripts = Readonly<Record<string, ScanScript>>;

/** The scripts of all registries. An image without a script has no findings. */
export class Scanner {
  #scripts: ScanScripts;

  constructor(scripts: ScanScripts = {}) {
    this.#scripts = scripts;
  }

  get scripts(): ScanScripts {
    return this.#scripts;
  }

  /** Adds scripts, and replaces scripts with the same key. */
  add(scripts: ScanScripts): void {
    this.#scripts = { ...this.#scripts, ...scripts };
  }

  clear(): void {
    this.#scripts = {};
  }

  /** Returns the script of an image, by its digest, `repository:tag` or tag, in this order. */
  scriptOf(repository: string, { digest, tags }: Image): ScanScript {
    const keys = [digest, ...tags.map((tag) => `${repository}:${tag}`), ...tags];
    const key = keys.find((one) => Object.hasOwn(this.#scripts, one));
    return (key === undefined ? undefined : this.#scripts[key]) ?? {};
  }
}

const model = readModel('ecr');
const inspectorModel = readModel('inspector2');

/** The shapes of a script's members in the service model, so that scripts contain only valid values. */
const shapes: Readonly<Record<Exclude<keyof ScanScript, 'vulnerabilities'>, string>> = {
  status: 'ScanStatus',
  newStatus: 'ScanStatusDescription',
  findingsAfterMs: 'Score',
  description: 'ScanStatusDescription',
  findings: 'ImageScanFindingList',
  enhancedFindings: 'EnhancedImageScanFindingList',
};

/** @throws SyntaxError with the key and its error */
export function parseScripts(value: unknown): ScanScripts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('scan findings must be an object: digest, repository:tag or tag → script');
  }
  for (const [key, script] of Object.entries(value as Record<string, unknown>)) {
    if (key.startsWith('sha256:') && !isDigest(key)) throw new SyntaxError(`${key} is not a digest`);
    if (typeof script !== 'object' || script === null) throw new SyntaxError(`${key}: must be an object`);
    for (const [name, member] of Object.entries(script as Record<string, unknown>))
      checkMember(key, name, member);
  }
  return value as ScanScripts;
}

function checkMember(key: string, name: string, member: unknown): void {
  const shape = ownProperty<string>(shapes, name);
  if (shape === undefined && name !== 'vulnerabilities') {
    throw new SyntaxError(
      `${key}: unknown ${name} (valid: ${[...Object.keys(shapes), 'vulnerabilities'].join(', ')})`,
    );
  }
  if (member === undefined) return;
  try {
    if (shape !== undefined) convert(model, shape, member, scripting, name);
    else
      for (const [id, facts] of Object.entries(member as object))
        convert(inspectorModel, 'FindingDetail', facts, scripting, `${name}.${id}`);
  } catch (error) {
    if (error instanceof Mismatch)
      throw new SyntaxError(`${key}: ${error.path} ${error.message}`, { cause: error });
    throw error;
  }
}
