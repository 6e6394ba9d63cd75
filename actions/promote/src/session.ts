import { Session, type SessionOptions, type SessionPort } from '@towpath/session';

/** The session of a promotion, which also holds what a deployment at the code host needs. */
export class PromoteSession extends Session {
  /** Undefined: no deployment is created. */
  readonly token: string | undefined;
  /** The URL of the environment, for the deployment. */
  readonly environmentUrl: string | undefined;

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
