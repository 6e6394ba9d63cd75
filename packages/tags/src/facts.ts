/** What a template can put into a tag. */
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

/** The facts that are known. An absent one makes the templates that need it inapplicable. */
export type Facts = Readonly<Partial<Record<FactName, string>>>;

export function isFactName(text: string): text is FactName {
  return (factNames as readonly string[]).includes(text);
}

/** All names, for messages. */
export const allFactNames: readonly string[] = factNames;
