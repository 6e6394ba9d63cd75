import type { EnvironmentConfig } from '@towpath/config';
import type { Locations, Project } from '@towpath/project';
import { Session, type SessionOptions, type SessionPort } from '@towpath/session';

/** What a failed step records about itself. */
export interface Undertaking {
  readonly locations: Locations;
  readonly target: EnvironmentConfig;
  readonly kind: 'promotion' | 'rollback' | 'break-glass';
  /** The input `version`. */
  readonly version: string | undefined;
  readonly ci: Pick<Project['ci'], 'repository' | 'revision' | 'ref' | 'run' | 'actor'>;
}

/** The session of a promotion, which also holds what a deployment at the code host needs. */
export class PromoteSession extends Session {
  /** Undefined: no deployment is created. */
  readonly token: string | undefined;
  /** The URL of the environment, for the deployment. */
  readonly environmentUrl: string | undefined;

  /** Undefined until the target is known. */
  undertaking: Undertaking | undefined;

  constructor(
    port: SessionPort,
    {
      token,
      environmentUrl,
      ...options
    }: SessionOptions & { readonly token?: string; readonly environmentUrl?: string },
  ) {
    super(port, options);
    this.token = token;
    this.environmentUrl = environmentUrl;
  }
}
