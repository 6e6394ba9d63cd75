/** Fields as buildx reads them: comma-separated values with quotes where a field holds a comma or a quote. */
export function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
