/**
 * Returns a signal that is aborted by the first SIGINT or SIGTERM. The second one ends the process. A GitHub runner
 * sends SIGINT and, 7.5 s later, SIGTERM; a terminal sends only SIGINT, and other tools only SIGTERM.
 *
 * @param onCancel called with the first signal
 * @param over ends the handling of signals
 */
export function cancellation(
  onCancel: (signal: NodeJS.Signals) => void = () => undefined,
  over?: AbortSignal,
): AbortSignal {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const ignore = () => {
    for (const one of signals) process.off(one, cancel);
  };
  const cancel = (signal: NodeJS.Signals) => {
    ignore();
    onCancel(signal);
    controller.abort(new Error(`cancelled by ${signal}`));
  };
  for (const signal of signals) process.on(signal, cancel);
  over?.addEventListener('abort', ignore);
  return controller.signal;
}
