/** The facts that a template can use. */
const factNames = [
  'version',
  'major',
  'minor',
  'environment',
  'image',
  'sha',
  'branch',
  'pr',
  'run-id',
  'run-attempt',
  'build-id',
  'execution-id',
  'timestamp',
  'date',
  'fingerprint',
] as const;

export type FactName = (typeof factNames)[number];

/** The known facts. A template that needs an absent one is skipped. */
export type Facts = Readonly<Partial<Record<FactName, string>>>;

export function isFactName(text: string): text is FactName {
  return (factNames as readonly string[]).includes(text);
}

/** All names, for messages. */
export const allFactNames: readonly string[] = factNames;
