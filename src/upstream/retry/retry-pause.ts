import { unread } from '../../base/once-source.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Reply } from '../../core/reply.ts'
import { isRepeatable } from '../idempotent.ts'
import type { Member } from '../member.ts'
import { backoffMs } from './backoff.ts'
import { retryAfterMs } from './retry-after.ts'
import type { RetryPlan } from './retry-plan.ts'

/** There must be no other try. */
export const NO_MORE = -1

/** How long to wait before another try after `tried`, ms; NO_MORE. The budget is not asked. */
export const pauseMs = (
  plan: RetryPlan,
  x: Exchange,
  tried: readonly Member[],
  tries: number,
  reply: Reply,
): number => {
  const { spec, world } = plan
  const unseen = x.outcome === 'connect'
  if (!unseen && !isRepeatable(x, spec.anyMethod)) return NO_MORE
  if (x.body !== null && unread(x.body) === null) return NO_MORE
  const atOnce = unseen && tries === 1 && (world.hasOther?.(tried) ?? true)
  const ms = atOnce ? 0 : delayMs(plan, tries, reply)
  return x.deadlineAt > 0 && world.clock.now() + ms >= x.deadlineAt ? NO_MORE : ms
}

const delayMs = ({ spec, world }: RetryPlan, tries: number, reply: Reply): number => {
  const pause = backoffMs(spec.backoffMs, tries, world.random())
  if (reply.fault !== null || spec.maxRetryAfterMs === 0) return pause
  const asked = retryAfterMs(reply.header('retry-after') ?? '', world.clock.wall()) ?? 0
  // On top of what was asked for: others were asked to come back at the same moment.
  return asked > spec.maxRetryAfterMs ? NO_MORE : asked + pause
}
