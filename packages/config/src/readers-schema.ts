import * as z from 'zod';

/** Who may pull from a repository, besides its own account. */
export interface Readers {
  /** AWS accounts, of which every identity with the permission may pull. */
  readonly accounts: readonly string[];
  /** An AWS organization, of which every account may pull. */
  readonly organization?: string;
  /** Roles, for example execution roles of ECS. */
  readonly roles: readonly string[];
  /** Accounts or functions of Lambda. */
  readonly lambda: readonly string[];
}

const accountForm = 'must be the 12 digits of an AWS account in quotes, for example "444455556666"';

const account = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `${accountForm}, because YAML drops zeros at the start of a number`
        : undefined,
  })
  .regex(/^\d{12}$/, { error: accountForm });

/** IAM user guide, "IAM identifiers". */
const role = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]{1,512}$/, {
  error: 'must be the ARN of an IAM role, for example arn:aws:iam::444455556666:role/ecs-execution',
});

const functionOrAccount = z.union([
  account,
  z.string().regex(/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w*:-]{1,140}$/, {
    error: 'must be an AWS account in quotes, or the ARN of a Lambda function',
  }),
]);

/** The key `readers` of a repository's settings. An empty map removes all readers that Towpath added. */
export const readersSchema = z
  .strictObject({
    accounts: z.array(account).optional(),
    organization: z
      .string()
      .regex(/^o-[a-z0-9]{10,32}$/, {
        error: 'must be the id of an AWS organization, for example o-a1b2c3d4e5',
      })
      .optional(),
    roles: z.array(role).optional(),
    lambda: z.array(functionOrAccount).optional(),
  })
  .transform(({ accounts = [], organization, roles = [], lambda = [] }): Readers => ({
    accounts,
    ...(organization !== undefined && { organization }),
    roles,
    lambda,
  }));
