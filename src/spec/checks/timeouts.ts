import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import { type ServiceDraft, written } from './draft.ts'

/** Waits that are part of the whole cannot be longer than it. Only what was written is compared. */
export const checkTimeouts = (report: Report, path: Path, { timeout, connections }: ServiceDraft): void => {
  const total = timeout?.total ?? 0
  if (timeout === undefined || total === 0) return
  const check = (at: Path, ms: number | undefined): void => {
    if (ms !== undefined && ms > total) report.add(at, `is longer than timeout.total (${showDuration(total)})`)
  }
  for (const key of written(report, [...path, 'timeout'], ['connect', 'tls'])) {
    check([...path, 'timeout', key], key === 'connect' ? timeout.connect : timeout.tls)
  }
  check([...path, 'connections', 'wait'], connections?.wait)
}

/** A bound that another one never lets be reached says something that is not so. */
export const checkConnections = (report: Report, path: Path, { connections }: ServiceDraft): void => {
  const { max = 0, maxTotal = 0, open = 0 } = connections ?? {}
  for (const [key, bound] of [['maxTotal', maxTotal] as const, ['open', open] as const]) {
    if (max === 0 || bound === 0 || max <= bound) continue
    report.add([...path, 'max'], `is never reached: "${key}" is ${bound}`, {
      severity: 'warning',
      hint: `make it at most ${bound}`,
    })
  }
  if (max + maxTotal + open > 0) return
  for (const key of written(report, path, ['queue', 'wait'])) {
    report.add([...path, key], 'means nothing without a bound: no request ever waits', {
      severity: 'warning',
      hint: 'set "max", "maxTotal" or "open", or leave it out',
      on: 'key',
    })
  }
}
