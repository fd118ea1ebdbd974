import { HeaderEdits } from '../../base/headers.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Policy } from '../../core/policy.ts'
import type { Reply } from '../../core/reply.ts'
import { KeptTrace, PassedTrace, type TraceRoot, type TraceWorld } from './request-trace.ts'
import type { Sampler } from './sampler.ts'
import { serverSpan, type TracedRoute } from './server-span.ts'
import { parseTraceParent, RANDOM, readTraceState, SAMPLED, type TraceParent } from './trace-context.ts'

export interface TracingWorld extends TraceWorld {
  readonly isSampled: Sampler
}

/**
 * Continues the caller's trace or begins a new one, before anything else of the request; when all is over it writes the
 * span of the whole.
 */
export const tracingPolicy = (
  world: TracingWorld,
  route: TracedRoute,
): Required<Pick<Policy, 'name' | 'gate' | 'tap'>> => ({
  name: 'tracing',
  gate(x) {
    x.trace = begin(x, world)
    // What goes upstream says where in the trace it hangs.
    x.requestEdits ??= new HeaderEdits()
    x.requestEdits.remove('traceparent').remove('tracestate')
    return undefined
  },
  tap(x, reply) {
    // What belongs to no route, or was refused before there was one, went through no gate.
    x.trace ??= begin(x, world)
    if (x.trace instanceof ServerTrace) x.trace.finish(x, reply, route)
  },
})

const begin = (x: Exchange, world: TracingWorld): ServerTrace | PassedTrace => {
  const caller = callerOf(x)
  const isKept = world.isSampled(caller, x.peerTrusted)
  const root: TraceRoot = {
    traceId: caller?.traceId ?? world.ids.trace(),
    // Whether an id is random only who made it knows.
    flags: (isKept ? SAMPLED : 0) | (caller === null ? RANDOM : caller.flags & RANDOM),
    state: caller === null ? '' : readTraceState(x.headers.all('tracestate')),
    world,
  }
  return isKept ? new ServerTrace(root, caller) : new PassedTrace(root)
}

/** Of two `traceparent` neither counts (W3C Trace Context §3.2). */
const callerOf = ({ headers }: Exchange): TraceParent | null => {
  const [value, ...more] = headers.all('traceparent')
  return value === undefined || more.length > 0 ? null : parseTraceParent(value)
}

class ServerTrace extends KeptTrace {
  private readonly parentId: string

  constructor(root: TraceRoot, caller: TraceParent | null) {
    const { clock } = root.world
    super(root, clock.wall() - clock.now())
    this.parentId = caller?.spanId ?? ''
  }

  finish(x: Exchange, reply: Reply, route: TracedRoute): void {
    this.write(this.spanId, this.parentId, x.startedAt, serverSpan(x, reply, route), this.parentId !== '')
  }
}
