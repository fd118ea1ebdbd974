import { Fault } from '../base/errors.ts'
import { affinityOf } from '../core/affinity.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Maybe } from '../core/maybe.ts'
import type { Call } from '../core/policy.ts'
import { faultReply, type Reply } from '../core/reply.ts'
import { redirect } from '../policies/redirect.ts'
import { respond } from '../policies/respond.ts'
import { compileClimbs, compileForwardPath } from '../routing/forward-path.ts'
import { compileRedirect } from '../routing/redirect.ts'
import { compileSplit } from '../routing/split.ts'
import type { ForwardSpec, RouteSpec } from '../spec/spec.ts'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { fallbackMeter, retryMeter } from '../telemetry/resilience-meter.ts'
import { createBudget } from '../upstream/budget/budget.ts'
import { withFallback } from '../upstream/fallback.ts'
import type { Member } from '../upstream/member.ts'
import { retrying } from '../upstream/retry/retrying.ts'
import type { Ask, PathBuilder } from '../upstream/service.ts'
import { aggregateOf } from './aggregate-of.ts'
import { handlerOf } from './handler-of.ts'
import type { HeldService } from './service-of.ts'
import type { OriginWorld, World } from './world.ts'

const CLIMBS = new Fault('BAD_REQUEST', 'the path that goes on would have a dot segment')

/** The innermost call of a route (DESIGN §2), with what stands around it: fallback, then retry, then the service. */
export const originOf = (route: RouteSpec, services: ReadonlyMap<string, HeldService>, world: OriginWorld): Call => {
  const { action } = route
  if (action.kind === 'respond') return respond(action)
  if (action.kind === 'redirect') return redirect(action.status, compileRedirect(route.match, action))
  if (action.kind === 'aggregate') {
    const callOfBranch = ({ service, retry }: BranchSpec): Call =>
      callOf(services.get(service)!, { totalMs: 0, retry, hostLine: '' }, asItIs, services, world)
    return aggregateOf(action, route, callOfBranch, world)
  }
  if (action.kind === 'handler') return handlerOf(action, route, world)
  const path = compileForwardPath(route.match, action, '')
  const hostLine = action.host === '' ? '' : `Host: ${action.host}\r\n`
  const call = splitOf(
    action,
    name => callOf(services.get(name)!, { ...route, hostLine }, path, services, world),
    world,
  )
  const climbs = compileClimbs(route.match, action)
  return climbs === null ? call : x => (climbs(x) ? faultReply(CLIMBS) : call(x))
}

const splitOf = ({ to, split }: ForwardSpec, callOf: (service: string) => Call, world: World): Call => {
  const choices = to.map(({ service, weight }) => ({ name: service, value: callOf(service), weight }))
  const [only] = choices
  if (choices.length === 1) return only!.value
  const affinity = split.sticky === undefined ? null : affinityOf(split.sticky)
  const pick = compileSplit(choices, () => world.random(), split, affinity)
  return x => pick(x)(x)
}

/** Of branches, whose requests are made for them. */
const asItIs: PathBuilder = x => x.path + x.query

/** How a route, or a branch, asks its service. */
type Asking = Pick<RouteSpec, 'totalMs' | 'retry'> & Pick<Ask, 'hostLine'>

/** A service as one route asks it. */
const callOf = (
  held: HeldService,
  route: Asking,
  path: PathBuilder,
  services: ReadonlyMap<string, HeldService>,
  world: World,
): Call => {
  const call = retriedCall(held, route, path, world)
  const { fallback, name } = held.spec
  if (fallback === undefined) return call
  const { answer } = fallback
  // A service has no fallback that leads back to it: the checks refuse that.
  const instead =
    answer.kind === 'respond' ? respond(answer) : callOf(services.get(answer.service)!, route, path, services, world)
  return withFallback(fallback, call, instead, fallbackMeter(world.meter, name), world.after)
}

const retriedCall = ({ spec, service, cells }: HeldService, route: Asking, path: PathBuilder, world: World): Call => {
  const { totalMs, hostLine } = route
  const retry = route.retry ?? spec.retry ?? 'none'
  if (retry === 'none') {
    const ask: Ask = { path, hostLine, totalMs, perTryMs: 0 }
    return x => service.send(x, ask, null)
  }
  const ask: Ask = { path, hostLine, totalMs, perTryMs: retry.perTryMs }
  const send = (x: Exchange, tried: Member[]): Maybe<Reply> => service.send(x, ask, tried)
  const budget = retry.budget === 0 ? null : createBudget(retry.budget, retry.minRetries, cells.budget, world.worker)
  const { clock, sharedNow, after, random, meter } = world
  const hasOther = (tried: readonly Member[]): boolean => service.hasOther(tried)
  const around = { clock, sharedNow, after, random, budget, hasOther, admits: () => service.admits() }
  const call = retrying(retry, send, { ...around, ...retryMeter(meter, spec.name) })
  // The time that the request's body takes to come counts as well.
  return x => {
    service.bound(x, ask)
    return call(x)
  }
}
