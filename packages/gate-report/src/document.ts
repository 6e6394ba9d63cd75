import type { GateReport, JudgedImage, JudgedSubject } from '@towpath/gate';
import type { GateVerdict } from './verdict.ts';

/**
 * Returns the report as data, in the form of schemas/report.schema.json. It contains no account id.
 *
 * @param environment the environment that is judged, if one was named
 */
export function reportDocument(given: GateVerdict, environment?: string): GateReport {
  const { verdict, reportOnly, policy, images, staleIgnores, reasons, warnings } = given;
  return {
    schemaVersion: 1,
    verdict,
    ...(environment !== undefined && { environment }),
    reportOnly,
    policy: { ...policy },
    images: images.map(describeImage),
    staleIgnores: staleIgnores.map(({ ignore, state, why }) => ({
      ignore: { ...ignore },
      state,
      why,
    })),
    problems: reasons.map(({ code, message, hint }) => ({
      code,
      message,
      ...(hint !== undefined && { hint }),
    })),
    warnings: [...warnings],
  };
}

function describeImage({
  name,
  location,
  digest,
  verdict,
  subjects,
  skipped,
}: JudgedImage): GateReport['images'][number] {
  return {
    name,
    ...(location !== undefined && { repository: location.repository }),
    digest,
    verdict,
    platforms: subjects.map(describePlatform),
    skipped: skipped.map((one) => ({ ...one })),
  };
}

type Platform = GateReport['images'][number]['platforms'][number];

function describePlatform(subject: JudgedSubject): Platform {
  const { platform, digest, status, scannedAt, verdict, reason, judgement } = subject;
  const { counts, violations, accepted, deferred, known, allowed, notes } = judgement;
  // The findings have the form of the schema. Copying 30,000 of them only to drop `readonly` would take half a second.
  const lists = { violations, accepted, deferred, known, allowed } as unknown as Pick<
    Platform,
    'violations' | 'accepted' | 'deferred' | 'known' | 'allowed'
  >;
  return {
    ...(platform !== undefined && { platform }),
    digest,
    status,
    ...(scannedAt !== undefined && { scannedAt }),
    verdict,
    ...(reason !== undefined && {
      reason: { code: reason.code, message: reason.message, hint: reason.hint },
    }),
    counts,
    ...lists,
    notes: [...notes],
  };
}
