import type { Runtime } from '@towpath/flow';
import { Session } from '@towpath/session';
import type { ProvisionInputs } from './inputs.ts';

/** The session of a run, with the token for its comment. A plan never contains it. */
export class ProvisionSession extends Session {
  readonly token: string | undefined;

  constructor(runtime: Runtime, { region, token }: Pick<ProvisionInputs, 'region' | 'token'>) {
    super(runtime, { region });
    this.token = token;
  }
}
