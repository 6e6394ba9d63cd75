import { readInspector, withInspectorFacts, type Scan } from '@towpath/ecr';
import type { Runtime } from '@towpath/flow';
import { registryKey } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { EcrSubject } from './subjects.ts';

/** What Amazon Inspector adds to enhanced scans: whether all findings have arrived, their EPSS and the CISA catalog. */
export class Inspection {
  readonly #session: Session;
  readonly #runtime: Pick<Runtime, 'log'>;
  /** The registries, by account and region, where the role may not call Inspector. */
  readonly #denied = new Set<string>();
  readonly #shown = new Set<string>();

  constructor(session: Session, runtime: Pick<Runtime, 'log'>) {
    this.#session = session;
    this.#runtime = runtime;
  }

  /**
   * Returns a scan with the facts of Inspector. A basic scan is returned as it is, and so is an enhanced one if the role
   * may not call Inspector: that is a notice.
   *
   * @returns undefined if Inspector has not finished the first scan of the image
   * @throws CodedError, but not for a missing permission
   */
  async complete(scan: Scan, { mode, location, digest }: EcrSubject): Promise<Scan | undefined> {
    const { registry, repository } = location;
    const key = registryKey(registry);
    if (mode !== 'enhanced' || this.#denied.has(key)) return scan;
    const image = { registry: this.#session.ecr(registry), repository, digest };
    const facts = await readInspector(this.#session.aws(registry), image);
    this.#show(key, facts.notices);
    if (facts.notices.length > 0 && facts.vulnerabilities.size === 0 && facts.coverage === undefined)
      this.#denied.add(key);
    if (facts.coverage?.isScanned === false && scan.findings.length === 0) return undefined;
    return { ...scan, findings: withInspectorFacts(scan.findings, facts) };
  }

  /** Shows the notices about the first image of each registry: those about others would say the same. */
  #show(key: string, notices: readonly string[]): void {
    if (notices.length === 0 || this.#shown.has(key)) return;
    this.#shown.add(key);
    for (const message of notices) this.#runtime.log.annotate({ level: 'notice', message });
  }
}
