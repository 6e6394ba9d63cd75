import { scenario, type Play, type Scenario } from '@towpath/testing';
import type { EmulatorOptions } from '@towpath/ecr-emulator';

/** The time at which the fake Runtime starts. */
const now = Date.UTC(2026, 0, 31, 12);

export interface TeamOptions extends EmulatorOptions {
  /** Whether the repositories scan on push. Default: true. */
  readonly scanOnPush?: boolean;
  /** How long before the gate the image `web` was pushed, in milliseconds. Default: 0. */
  readonly age?: number;
}

/** Creates a team with the image `web:v1`. The clocks of the emulator and of the gate agree. */
export async function team({ scanOnPush = true, age = 0, ...options }: TeamOptions = {}): Promise<Scenario> {
  let time = now - age;
  const scene = await scenario({ clock: () => time, ...options });
  await scene.shared.createRepository('web', 'IMMUTABLE', { scanOnPush });
  await scene.publish('web', 'v1', { name: 'web' });
  time = now;
  return scene;
}

/** Returns findings of basic scanning. */
export function basicFindings(
  severity: 'CRITICAL' | 'LOW',
  count = 1,
): { readonly name: string; readonly severity: 'CRITICAL' | 'LOW' }[] {
  return Array.from({ length: count }, (_, index) => ({ name: `CVE-2026-${1000 + index}`, severity }));
}

export const hours = 60 * 60_000;
export const days = 24 * hours;

/** Returns a role of the shared account that may only find images and read scans, and call further actions. */
export async function reader(
  { emulator, shared }: Scenario,
  actions: readonly string[] = [],
): Promise<Play['as']> {
  const Action = [
    ...actions,
    'ecr:DescribeImageScanFindings',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
  ];
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
  emulator.addRoles({ [`arn:aws:iam::${shared.id}:role/reader`]: { policy } });
  return shared.assume('reader');
}
