import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import { type ServiceDraft, written } from './draft.ts'

export const checkBreaker = (
  report: Report,
  path: Path,
  breaker: NonNullable<ServiceDraft['breaker']>,
  { timeout }: ServiceDraft,
): void => {
  const slow = written(report, path, ['slowCalls']).length > 0
  if (breaker.failureRate === 0 && breaker.consecutiveFailures === 0 && !slow) {
    report.add(path, 'never opens: everything is off', {
      hint: 'set "failureRate", "consecutiveFailures" or "slowCalls", or leave it out',
      on: 'key',
    })
  }
  const longerThan = breaker.slowCalls?.longerThan
  const head = timeout?.head
  if (longerThan === undefined || head === undefined || longerThan < head) return
  report.add([...path, 'slowCalls', 'longerThan'], `no call takes that long: timeout.head is ${showDuration(head)}`, {
    severity: 'warning',
    hint: 'make it shorter',
  })
}
