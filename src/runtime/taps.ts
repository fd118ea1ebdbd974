import type { ErrorCode } from '../base/errors.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Tap } from '../core/flow.ts'
import type { Clock, Meter } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { AccessEntry, AccessSink } from '../core/serving.ts'
import { routeMeter } from '../telemetry/route-meter.ts'

/** Counts a finished request; what the client left before an answer counts as 499. */
export const countTap = (
  meter: Meter,
  clock: Clock,
  countError: (code: ErrorCode) => void,
  route: string,
  frontend = '',
): Tap => {
  const requests = routeMeter(meter, route, frontend)
  return (x, reply) => {
    requests.record(reply.status === 0 ? 499 : reply.status, clock.now() - x.startedAt, x.bytesIn, x.bytesOut)
    if (x.fault !== null) countError(x.fault.code)
  }
}

/** Of a route whose answers are made here: gives back the room that their bodies took. */
export const releaseTap: Tap = x => x.holding?.release()

export const logTap = (sink: AccessSink, clock: Clock): Tap => {
  const wall = wallOf(clock)
  return (x, reply) => sink.write(entryOf(x, reply, clock.now(), wall))
}

/** Of a route that an aggregate answers, unless a gate did. */
export const branchesLogTap = (sink: AccessSink, clock: Clock): Tap => {
  const wall = wallOf(clock)
  return (x, reply) => {
    const entry = entryOf(x, reply, clock.now(), wall)
    if (x.fares === null) sink.write(entry)
    else sink.writeWithBranches(entry, x.fares)
  }
}

/** By the time of day as it was a moment ago and the time since: to ask for it is a call into C++. */
const wallOf = (clock: Clock): ((now: number) => number) => {
  let askedAt = Number.NEGATIVE_INFINITY
  let asked = 0
  return now => {
    if (now - askedAt >= ASK_EVERY_MS) {
      askedAt = now
      asked = clock.wall()
    }
    return asked + now - askedAt
  }
}

/** A time of day that is set is in the log as soon. */
const ASK_EVERY_MS = 100

const entryOf = (x: Exchange, reply: Reply, now: number, wall: (now: number) => number): AccessEntry => ({
  at: wall(now),
  client: x.clientAddress,
  method: x.method,
  target: x.target,
  version: x.httpVersion,
  host: x.authority,
  status: reply.status === 0 ? 499 : reply.status,
  code: x.fault?.code ?? '',
  bytesIn: x.bytesIn,
  bytesOut: x.bytesOut,
  ms: now - x.startedAt,
  upstreamMs: x.upstreamHeadAt > 0 ? x.upstreamHeadAt - x.upstreamStartedAt : 0,
  route: x.route,
  service: x.service,
  upstream: x.upstream,
  requestId: x.requestId,
  userAgent: x.headers.get('user-agent') ?? '',
  referer: x.headers.get('referer') ?? '',
  traceId: x.trace?.traceId ?? '',
  consumer: x.identity === null ? '' : x.identity.consumer || x.identity.subject,
})
