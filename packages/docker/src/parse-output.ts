import type * as z from 'zod';

/** Returns the JSON that a program printed, or undefined if it printed something that the schema does not allow. */
export function parseOutput<T>(text: string, schema: z.ZodType<T>): T | undefined {
  let printed: unknown;
  try {
    printed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = schema.safeParse(printed);
  return success ? data : undefined;
}
