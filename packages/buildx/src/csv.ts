/** Joins fields as comma-separated values, buildx's format. Quotes fields with a comma, a quote or a line end. */
export function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
