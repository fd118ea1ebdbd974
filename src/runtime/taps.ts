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
  const wall = wallByTurn(clock)
  return (x, reply) => sink.write(entryOf(x, reply, clock.now(), wall))
}

/** Of a route that an aggregate answers, unless a gate did. */
export const branchesLogTap = (sink: AccessSink, clock: Clock): Tap => {
  const wall = wallByTurn(clock)
  return (x, reply) => {
    const entry = entryOf(x, reply, clock.now(), wall)
    if (x.fares === null) sink.write(entry)
    else sink.writeWithBranches(entry, x.fares)
  }
}

/** Asks for the time of day once a turn, within which the other clock stands still (base/turn.ts): it is a call into C++. */
const wallByTurn = (clock: Clock): ((now: number) => number) => {
  let turn = Number.NaN
  let wall = 0
  return now => {
    if (now !== turn) {
      turn = now
      wall = clock.wall()
    }
    return wall
  }
}

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
