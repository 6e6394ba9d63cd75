import * as z from 'zod';

/**
 * A list that is parsed up to its first invalid item. zod's list reports every invalid item. A manifest can
 * hold two million of them, which takes seconds and gigabytes.
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
