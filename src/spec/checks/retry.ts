import type { Path } from '../problem.ts'
import type { Draft } from '../salvage.ts'
import type { RetryOutput } from '../schema/retry.ts'
import type { Report } from '../source.ts'
import { listWords } from '../suggest.ts'
import { showDuration } from '../units.ts'
import { reportUnused, type ServiceDraft, written } from './draft.ts'

type RetryDraft = Draft<RetryOutput>

const RETRY_ONLY = ['on', 'perTry', 'backoff', 'budget', 'minRetries', 'maxBody', 'anyMethod', 'maxRetryAfter']

/** What spans several keys of `retry`, on a service or a route. */
export const checkRetry = (report: Report, path: Path, { attempts }: RetryDraft): void => {
  const [, ...idle] = attempts === 1 ? ['attempts', ...written(report, path, RETRY_ONLY)] : []
  if (idle.length > 0) {
    const words = listWords(
      idle.map(key => `"${key}"`),
      'and',
    )
    report.add(
      [...path, 'attempts'],
      `1 is the first try alone, so ${words} ${idle.length > 1 ? 'mean' : 'means'} nothing`,
      {
        severity: 'warning',
        hint: 'write 2 for one retry',
      },
    )
  }
  if (written(report, path, ['budget']).length === 0) reportUnused(report, path, ['minRetries'], 'needs "budget"')
}

export const checkServiceRetry = (report: Report, path: Path, retry: RetryDraft, { timeout }: ServiceDraft): void => {
  checkRetry(report, path, retry)
  checkPerTry(report, [...path, 'perTry'], retry.perTry, timeout)
  const { total = 0 } = timeout ?? {}
  const pause = retry.backoff?.fromMs ?? 0
  if (total === 0 || pause < total) return
  report.add([...path, 'backoff'], `no time is left for a retry: timeout.total is ${showDuration(total)}`, {
    severity: 'warning',
    hint: 'make the pauses shorter',
  })
}

const checkPerTry = (
  report: Report,
  path: Path,
  perTry: number | undefined,
  timeout: ServiceDraft['timeout'],
): void => {
  const { total = 0, head = 0 } = timeout ?? {}
  if (perTry === undefined) return
  if (total > 0 && perTry > total) report.add(path, `is longer than timeout.total (${showDuration(total)})`)
  else if (head > 0 && perTry > head) {
    report.add(path, `no try takes that long: timeout.head is ${showDuration(head)}`, {
      severity: 'warning',
      hint: 'make it shorter, or "timeout.head" longer',
    })
  }
}
