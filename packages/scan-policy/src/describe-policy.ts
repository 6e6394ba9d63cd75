import { rankedSeverities } from '@towpath/findings/severity';
import { withDefaults, type EffectiveRules } from './canonical-policy.ts';
import type { BySeverity, GatePolicy } from './policy.ts';

/** Returns a policy in sentences, for a summary. Rules that are not set are not mentioned. */
export function describePolicy(policy: GatePolicy): readonly string[] {
  const { application, base, baseline, ignores, staleIgnores, vex, attachedVex } = withDefaults(policy);
  return [
    ...describeRules(application),
    ...(base === application
      ? []
      : describeRules(base).map((sentence) => `For the base image: ${lowerFirst(sentence)}`)),
    ...(baseline === undefined ? [] : [`Findings that ${baseline} has, too, do not fail.`]),
    ...(ignores.length === 0
      ? []
      : [
          `${counted(ignores.length, 'ignore')} can accept findings.${staleIgnores === 'fail' ? ' Stale ignores fail.' : ''}`,
        ]),
    ...(vex.length === 0 ? [] : [`${counted(vex.length, 'VEX statement')} can accept findings.`]),
    ...(attachedVex ? ['VEX documents that are attached to an image can accept findings.'] : []),
  ];
}

const graceNames = {
  'first-seen': 'it was first seen',
  'fix-available': 'a fix became available',
  published: 'the vulnerability was published',
} as const;

function describeRules(rules: EffectiveRules): readonly string[] {
  const { failOn, max, onlyFixable, unknownFix, cvss, epss, kev, grace, graceSince } = rules;
  const sentences = [
    failOn === 'none'
      ? 'The severity alone fails no finding.'
      : `A finding of severity ${failOn} or worse fails.`,
    ...listed(max).map(
      ([severity, count]) => `More than ${counted(count, 'finding')} of severity ${severity} fail.`,
    ),
    ...(cvss === undefined ? [] : [`A finding with CVSS ${cvss} or more fails.`]),
    ...(epss === undefined ? [] : [`A finding with EPSS ${epss} or more fails.`]),
    ...(kev ? ['A finding that is known to be exploited (CISA KEV) fails.'] : []),
    ...(onlyFixable
      ? [
          `A finding without a fix does not fail${unknownFix === 'unfixable' ? ', and neither does one whose fix is unknown' : ''}.`,
        ]
      : []),
    ...listed(grace).map(
      ([severity, days]) =>
        `A finding of severity ${severity} fails ${counted(days, 'day')} after ${graceNames[graceSince]}.`,
    ),
  ];
  return sentences;
}

/** Returns the numbers of a map by severity, the worst severity first. */
function listed(map: BySeverity): readonly (readonly [severity: string, value: number])[] {
  return rankedSeverities.flatMap((severity) => {
    const value = severity === 'unknown' ? undefined : map[severity];
    return value === undefined ? [] : [[severity, value] as const];
  });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
