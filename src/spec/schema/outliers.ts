import { z } from 'zod'
import { count, durationFrom, flag, percent, positiveDuration, positivePercent } from './scalars.ts'

export const outliers = z
  .strictObject({
    consecutiveErrors: count(0, 10_000).default(5).describe('Failures in a row that eject a target; 0: off.'),
    consecutiveLocalErrors: count(0, 10_000)
      .default(0)
      .describe('The same for failures without an answer, which then do not count above; 0: they do.'),
    failureRate: percent.prefault('0%').describe('Share of failures within an interval that ejects; 0%: off.'),
    deviation: z
      .number({ error: 'expected a number such as 1.9' })
      .min(0)
      .max(100)
      .default(0)
      .describe(
        'Ejects a target whose success rate is more than this many standard deviations below the mean; 0: off.',
      ),
    minRequests: count(1).default(100).describe('Requests in an interval below which rates are not looked at.'),
    minTargets: count(2, 10_000)
      .default(3)
      .describe('Targets with that many requests below which none is compared with the others.'),
    interval: durationFrom(100).prefault('10s').describe('How often rates are looked at.'),
    ejectFor: positiveDuration
      .prefault('30s')
      .describe('How long the first ejection lasts; the second lasts twice as long, and so on.'),
    maxEjectFor: positiveDuration
      .optional()
      .describe('How long an ejection lasts at most; 5m unless set, or `ejectFor` where that is longer.'),
    maxEjected: positivePercent
      .prefault('50%')
      .describe('Most targets that may be ejected at once; one always may where there are several.'),
    dryRun: flag.default(false).describe('Whether to report only, and eject nobody.'),
  })
  .describe('Take targets out that fail real requests.')
  .meta({ examples: [{ consecutiveErrors: 5, ejectFor: '30s' }] })

export type OutliersOutput = z.output<typeof outliers>
