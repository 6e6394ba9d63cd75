import type { EnhancedImageScanFinding, ImageScanFinding, ScanStatus } from '@aws-sdk/client-ecr';
import { isDigest } from '@towpath/reference';
import type { Image } from '../registry/record.ts';

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

/** @throws SyntaxError saying what is wrong with which key */
export function parseScripts(value: unknown): ScanScripts {
  const known = ['status', 'description', 'findings', 'enhancedFindings'];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError('scan findings are an object: digest, repository:tag or tag → script');
  }
  for (const [key, script] of Object.entries(value as Record<string, unknown>)) {
    if (key.startsWith('sha256:') && !isDigest(key)) throw new SyntaxError(`${key} is no digest`);
    if (typeof script !== 'object' || script === null) throw new SyntaxError(`${key}: no object`);
    const unknown = Object.keys(script).filter((name) => !known.includes(name));
    if (unknown.length > 0)
      throw new SyntaxError(`${key}: unknown ${unknown.join(', ')} (known: ${known.join(', ')})`);
  }
  return value as ScanScripts;
}
