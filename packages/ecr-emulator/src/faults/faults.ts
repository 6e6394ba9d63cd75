import type { Exchange } from '../http/exchange.ts';
import { matchesWildcard } from '../registry/wildcard.ts';
import type { Effect, Fault } from './fault.ts';

/** The active faults, each with the number of matching requests so far. */
export class Faults {
  #faults: { readonly fault: Fault; seen: number }[] = [];

  /** The active faults with the number of matching requests so far. */
  get all(): readonly (Fault & { readonly seen: number })[] {
    return this.#faults.map(({ fault, seen }) => ({ ...fault, seen }));
  }

  add(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Returns the effects on a request, and counts it for every fault that it matches. */
  take(exchange: Exchange): Effect[] {
    return this.#faults.flatMap((one) => {
      if (!matches(one.fault, exchange)) return [];
      one.seen += 1;
      const { nth = 1, times = 1 } = one.fault;
      const isDue = one.seen >= nth && (times === 0 || one.seen < nth + times);
      return isDue ? [one.fault] : [];
    });
  }
}

function matches(fault: Fault, { plane, operation, repository }: Exchange): boolean {
  return (
    plane !== 'admin' &&
    (fault.plane ?? plane) === plane &&
    matchesWildcard(fault.operation ?? '*', operation) &&
    (fault.repository === undefined || matchesWildcard(fault.repository, repository ?? ''))
  );
}
