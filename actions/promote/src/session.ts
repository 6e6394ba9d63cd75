import { Session, type SessionOptions, type SessionPort } from '@towpath/session';

/** The session of a promotion, which also holds the token of the code host. */
export class PromoteSession extends Session {
  /** Undefined: no deployment is created. */
  readonly token: string | undefined;

  constructor(port: SessionPort, { token, ...options }: SessionOptions & { readonly token?: string }) {
    super(port, options);
    this.token = token;
  }
}
