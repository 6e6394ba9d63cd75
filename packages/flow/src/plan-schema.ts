import * as z from 'zod';

/** The schema of a plan file. */
export const planFileSchema = z.object({
  schemaVersion: z.literal(1).describe('The format of the file'),
  action: z.string().describe('The action that made the plan'),
  created: z.iso.datetime().describe('The time of the plan'),
  computedFrom: z
    .object({
      inputs: z
        .record(z.string(), z.string())
        .describe('The inputs of the action as given, without those that may hold a secret'),
      facts: z
        .string()
        .regex(/^sha256:[0-9a-f]{64}$/)
        .describe(
          'The digest of everything that the action read before it planned. Equal facts, equal digest',
        ),
    })
    .describe('What the plan was computed from'),
  steps: z
    .array(z.object({ what: z.string(), why: z.string() }))
    .describe('The plan in words, in the order of execution'),
  plan: z
    .unknown()
    .describe('What the action is about to do. Its members depend on the action and its version'),
});

export type PlanFile = z.infer<typeof planFileSchema>;
