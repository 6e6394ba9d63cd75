import type { Runtime } from '@towpath/flow';
import { Session } from '@towpath/session';
import type { GateInputs } from './inputs.ts';

/** The session of a gate, with the token for comments. A plan never contains it. */
export class GateSession extends Session {
  readonly token: string | undefined;

  constructor(runtime: Runtime, { region, token }: Pick<GateInputs, 'region' | 'token'>) {
    super(runtime, { region });
    this.token = token;
  }
}
