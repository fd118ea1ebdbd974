import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import type { ServiceDraft } from './draft.ts'
import { writtenTargets } from './targets.ts'

type OutliersDraft = NonNullable<ServiceDraft['outliers']>

export const checkOutliers = (report: Report, path: Path, outliers: OutliersDraft, service: ServiceDraft): void => {
  const { ejectFor, maxEjectFor } = outliers
  if (isOff(outliers)) {
    report.add(path, 'ejects nobody: everything is off', {
      hint: 'set "consecutiveErrors", "consecutiveLocalErrors", "failureRate" or "deviation", or leave it out',
      on: 'key',
    })
  }
  if (ejectFor !== undefined && maxEjectFor !== undefined && ejectFor > maxEjectFor) {
    report.add([...path, 'ejectFor'], `is longer than maxEjectFor (${showDuration(maxEjectFor)})`)
  }
  checkTargetCount(report, path, outliers, writtenTargets(service))
}

const isOff = ({ consecutiveErrors, consecutiveLocalErrors, failureRate, deviation }: OutliersDraft): boolean =>
  [consecutiveErrors, consecutiveLocalErrors, failureRate, deviation].every(value => value === 0)

const checkTargetCount = (
  report: Report,
  path: Path,
  { deviation = 0, minTargets = 0 }: OutliersDraft,
  targets: number | undefined,
): void => {
  if (targets === undefined) return
  if (targets === 1) {
    report.add(path, 'there is only one target, and the last one is never ejected', {
      severity: 'warning',
      hint: 'a "breaker" is for that',
      on: 'key',
    })
  } else if (deviation > 0 && targets < minTargets) {
    report.add(
      [...path, 'deviation'],
      `compares nobody: there are ${targets} targets, fewer than minTargets (${minTargets})`,
      {
        severity: 'warning',
        hint: 'lower "minTargets"',
        on: 'key',
      },
    )
  } else if (deviation >= farthest(targets)) {
    const most = Math.floor(farthest(targets) * 100) / 100
    report.add(
      [...path, 'deviation'],
      `is never reached: one of ${targets} targets can be ${most} standard deviations below their mean at most`,
      {
        severity: 'warning',
        hint: 'make it smaller, or use "failureRate"',
      },
    )
  }
}

/** The most standard deviations that one of so many values can be away from their mean (Samuelson's inequality). */
const farthest = (values: number): number => Math.sqrt(values - 1)
