import type { EnhancedImageScanFinding, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr';
import { isDigest } from '@towpath/reference';
import { ownProperty } from '../own-property.ts';
import type { Image } from '../registry/record.ts';
import { convert, encoding, Mismatch, readModel } from '../service-model/model.ts';

/** What the scanner will have found in an image. */
export interface ScanScript {
  /** The status in which the scan ends; by default COMPLETE, or ACTIVE under enhanced scanning. */
  readonly status?: ScanStatus;
  /** ECR's description of the status. */
  readonly description?: string;
  readonly findings?: readonly ImageScanFinding[];
  readonly enhancedFindings?: readonly EnhancedImageScanFinding[];
}

/** Scripts by digest, by `repository:tag`, or by tag. */
export type ScanScripts = Readonly<Record<string, ScanScript>>;

/** The scripts of all registries; an image that has none is found to be clean. */
export class Scanner {
  #scripts: ScanScripts;

  constructor(scripts: ScanScripts = {}) {
    this.#scripts = scripts;
  }

  get scripts(): ScanScripts {
    return this.#scripts;
  }

  /** Adds scripts; one for the same key is replaced. */
  add(scripts: ScanScripts): void {
    this.#scripts = { ...this.#scripts, ...scripts };
  }

  clear(): void {
    this.#scripts = {};
  }

  /** The script of the image: that of its digest before that of a repository's tag before that of a tag. */
  scriptOf(repository: string, { digest, tags }: Image): ScanScript {
    const keys = [digest, ...tags.map((tag) => `${repository}:${tag}`), ...tags];
    const key = keys.find((one) => Object.hasOwn(this.#scripts, one));
    return (key === undefined ? undefined : this.#scripts[key]) ?? {};
  }
}

const model = readModel('ecr');

/** The members of a script, by their shapes in the service model: what they do not fit, ECR could not say. */
const shapes: Readonly<Record<keyof ScanScript, string>> = {
  status: 'ScanStatus',
  description: 'ScanStatusDescription',
  findings: 'ImageScanFindingList',
  enhancedFindings: 'EnhancedImageScanFindingList',
};

/** @throws SyntaxError saying what is wrong with which key */
export function parseScripts(value: unknown): ScanScripts {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('scan findings are an object: digest, repository:tag or tag → script');
  }
  for (const [key, script] of Object.entries(value as Record<string, unknown>)) {
    if (key.startsWith('sha256:') && !isDigest(key)) throw new SyntaxError(`${key} is no digest`);
    if (typeof script !== 'object' || script === null) throw new SyntaxError(`${key}: no object`);
    for (const [name, member] of Object.entries(script as Record<string, unknown>))
      checkMember(key, name, member);
  }
  return value as ScanScripts;
}

function checkMember(key: string, name: string, member: unknown): void {
  const shape = ownProperty<string>(shapes, name);
  if (shape === undefined) {
    throw new SyntaxError(`${key}: unknown ${name} (known: ${Object.keys(shapes).join(', ')})`);
  }
  if (member === undefined) return;
  try {
    convert(model, shape, member, encoding, name);
  } catch (error) {
    if (error instanceof Mismatch)
      throw new SyntaxError(`${key}: ${error.path} ${error.message}`, { cause: error });
    throw error;
  }
}
