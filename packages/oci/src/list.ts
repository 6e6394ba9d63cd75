import * as z from 'zod';

/**
 * A list that is parsed up to its first wrong item. A list of zod reports every wrong one: two million of them, which
 * fit into a manifest, take seconds and gigabytes.
 */
export function list<T>(schema: z.ZodType<T>): z.ZodType<T[]> {
  return z.custom<unknown[]>(Array.isArray).transform((items, context) => {
    const parsed: T[] = [];
    for (const item of items) {
      const { success, data } = schema.safeParse(item);
      if (!success) {
        context.issues.push({ code: 'custom', message: 'has a wrong item', input: item });
        return z.NEVER;
      }
      parsed.push(data);
    }
    return parsed;
  });
}
