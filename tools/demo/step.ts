import type { StepResult } from '@towpath/runner';

/** The requests of a step to AWS and to the registries, as the emulator counted them. */
export interface Traffic {
  readonly calls: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** A step that has ended, with its traffic. */
export interface Step extends StepResult {
  readonly traffic: Traffic;
}
