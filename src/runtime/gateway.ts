import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import type { Exchange } from '../core/exchange.ts'
import { type Chain, Flow, type Responder, runTaps } from '../core/flow.ts'
import type { Gauge, Log } from '../core/ports.ts'
import { preflightMethod } from '../core/preflight.ts'
import { faultReply, Reply } from '../core/reply.ts'
import type { Plan, RoutePlan } from './plan.ts'

/**
 * Runs requests on the live Plan. The one mutable reference to a Plan is here and is assigned in one place, `swap`; a
 * request reads it once.
 */
export class Gateway {
  plan: Plan
  private readonly log: Log
  private readonly inFlight: Gauge

  constructor(plan: Plan, log: Log, inFlight: Gauge) {
    this.plan = plan
    this.log = log
    this.inFlight = inFlight
  }

  /** Requests that began on the old Plan end on it; its State goes when no Plan holds it. */
  swap(next: Plan): void {
    const before = this.plan
    this.plan = next
    before.release()
  }

  handle(x: Exchange, responder: Responder): void {
    const { plan } = this
    this.inFlight.add(1)
    const route = plan.answersPreflights && x.method === 'OPTIONS' ? routeOfOptions(x, plan) : plan.router.match(x)
    if (route === null) return this.answer(x, plan.unrouted, unrouted(x, plan), responder)
    x.route = route.spec.name
    x.paramNames = route.params
    x.shapes = route.chain.shapes
    x.taps = route.chain.taps
    new Flow(x, route.chain, responder, this.onThrow).start()
  }

  /** Answers a request that never reached routing. */
  refuse(x: Exchange, fault: Fault, responder: Responder): void {
    if (x.taps.length === 0) this.inFlight.add(1)
    this.answer(
      x,
      x.taps.length === 0 ? this.plan.unrouted : { ...this.plan.unrouted, taps: x.taps },
      faultReply(fault),
      responder,
    )
  }

  /** Turns a fault that came after the shapes ran into a complete answer, with what the route's policies say in it. */
  explain(x: Exchange, reply: Reply): void {
    const shapes = x.shapes.length > 0 ? x.shapes : this.plan.unrouted.shapes
    for (const shape of shapes) {
      try {
        shape(x, reply)
      } catch (error) {
        this.onThrow(error)
      }
    }
  }

  /** Exactly once for each request that `handle` or `refuse` saw. */
  finish(x: Exchange, reply: Reply): void {
    this.inFlight.add(-1)
    runTaps(x.taps, x, reply, this.onThrow)
  }

  private answer(x: Exchange, chain: Chain, reply: Reply, responder: Responder): void {
    x.taps = chain.taps
    for (const shape of chain.shapes) shape(x, reply)
    responder.send(x, reply)
  }

  /** Says what went wrong in code that must not throw; whoever caught it goes on. A Fault was told by who threw it. */
  readonly onThrow = (error: unknown): void => {
    if (error instanceof Fault) return
    this.log.error('a policy failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  }
}

/**
 * A preflight is routed as the method it asks for, where that route has a CORS policy; any other OPTIONS like any
 * request.
 */
const routeOfOptions = (x: Exchange, plan: Plan): RoutePlan | null => {
  const asked = preflightMethod(x)
  if (asked !== null) {
    x.method = asked
    const route = plan.router.match(x)
    x.method = 'OPTIONS'
    if (route !== null && route.spec.cors !== undefined) return route
  }
  return plan.router.match(x)
}

/** 404, 405 with `Allow`, or the answer to an OPTIONS that no route takes (RFC 9110 §9.3.7, §15.5.6). */
const unrouted = (x: Exchange, plan: Plan): Reply => {
  if (x.path === '*') return new Reply(204)
  const allowed = plan.router.allowed(x)
  if (allowed.length === 0) return faultReply(new Fault('NO_ROUTE', 'no route matches this request'))
  if (!allowed.includes('OPTIONS')) allowed.push('OPTIONS')
  const allow = allowed.join(', ')
  if (x.method === 'OPTIONS') return new Reply(204, headersOf([['allow', allow]]))
  return faultReply(new Fault('METHOD_NOT_ALLOWED', `${x.method} is not allowed here`, [['allow', allow]]))
}
