import { bodyRoom } from '../compose/body-room.ts'
import type { Chain, Shape, Tap } from '../core/flow.ts'
import type { Call } from '../core/policy.ts'
import { writeProblem } from '../core/problem.ts'
import { identityFields } from '../http1/serialize.ts'
import { apiKeyWay } from '../policies/api-key/api-key-way.ts'
import { responseHeadersPolicy } from '../policies/header-edits/response-headers.ts'
import { jwtWay } from '../policies/jwt/jwt-way.ts'
import { consumerMeter } from '../policies/limits/limit-meter.ts'
import { createLagWatch, type LagWatch } from '../policies/shed/lag-watch.ts'
import type { Way } from '../policies/way.ts'
import { compileRouters } from '../routing/frontends.ts'
import { credentialHeaders, identityHeaders } from '../spec/credentials.ts'
import { checkedPattern } from '../spec/pattern.ts'
import type { GatewaySpec, RouteSpec } from '../spec/spec.ts'
import type { AuthSpec } from '../spec/spec-auth.ts'
import { bodyMeter } from '../telemetry/body-meter.ts'
import { errorMeter } from '../telemetry/error-meter.ts'
import { createSampler } from '../telemetry/tracing/sampler.ts'
import { createTraceIds } from '../telemetry/tracing/trace-ids.ts'
import { type TracingWorld, tracingPolicy } from '../telemetry/tracing/tracing-policy.ts'
import { policiesOf } from './builtins.ts'
import { headerEditsOf } from './header-edits-of.ts'
import { originOf } from './origin-of.ts'
import type { Plan, RoutePlan } from './plan.ts'
import { type HeldService, serviceOf } from './service-of.ts'
import { branchesLogTap, countTap, logTap, releaseTap } from './taps.ts'
import { trustOf } from './trust.ts'
import type { World } from './world.ts'

/** Spec → Plan. Holds the State the Plan needs; `release` lets go of it. Throws when a part of the Spec is not valid. */
export const compile = (spec: GatewaySpec, world: World): Plan => {
  const held: HeldService[] = []
  const heldWays: string[] = []
  const lag = lagOf(spec, world)
  const release = (): void => {
    lag.stop()
    for (const service of held.splice(0)) service.release()
    for (const key of heldWays.splice(0)) world.ways.release(key)
  }
  try {
    return planOf(spec, { ...world, lag }, held, waysOf(spec, world, heldWays), release)
  } catch (error) {
    release()
    throw error
  }
}

const planOf = (
  spec: GatewaySpec,
  world: World & { readonly lag: LagWatch },
  held: HeldService[],
  ways: ReadonlyMap<string, Way>,
  release: () => void,
): Plan => {
  const dropField = identityFields(identityHeaders(spec), credentialHeaders(spec))
  for (const service of spec.services) held.push(serviceOf(service, spec, world, dropField))
  const services = new Map(held.map(service => [service.spec.name, service]))
  const problem: Shape = (x, reply) => {
    if (reply.fault !== null) writeProblem(x, reply, reply.fault, spec.via)
  }
  const log = spec.accessLog === undefined ? null : world.accessLog
  const logTaps: Tap[] = log === null ? [] : [logTap(log, world.clock)]
  const branchesTaps: Tap[] = log === null ? [] : [branchesLogTap(log, world.clock)]
  const tracing = tracingOf(spec, world)
  const refused = { dropField, names: ownFields(spec) }
  const room = bodyRoom({ held: world.bodies, most: spec.bodyRoom, ...bodyMeter(world.meter) })
  const countError = errorMeter(world.meter)
  const limitWorld = {
    store: world.limits,
    concurrency: world.concurrency,
    meter: world.meter,
    consumers: consumerMeter(
      world.meter,
      spec.consumers.map(({ name }) => name),
    ),
  }
  const chainFor = (route: RouteSpec): Chain => {
    const policies = policiesOf(route, spec, {
      meter: world.meter,
      ways: route.auth.ways.map(name => ways.get(name)!),
      limits: { ...limitWorld, params: checkedPattern(route.match).params },
      world,
      room,
      dropField,
      isLate: world.lag.isLate,
      tracing,
      plugins: { ...world, refused },
    })
    const origin = originOf(route, services, { ...world, dropField, room, isLogged: log !== null })
    return Object.freeze({
      gates: policies.flatMap(policy => policy.gate?.bind(policy) ?? []),
      call: policies.reduceRight((next: Call, policy) => policy.wrap?.(next) ?? next, origin),
      shapes: [problem, ...policies.flatMap(policy => policy.shape?.bind(policy) ?? [])],
      taps: [
        countTap(world.meter, world.clock, countError, route.name, route.frontend),
        ...(route.action.kind === 'aggregate' ? branchesTaps : logTaps),
        ...(route.action.kind === 'aggregate' || route.action.kind === 'handler' ? [releaseTap] : []),
        ...policies.flatMap(policy => policy.tap?.bind(policy) ?? []),
      ],
    })
  }
  const traceTaps: Tap[] = tracing === null ? [] : [tracingPolicy(tracing, { name: '', template: '' }).tap]
  const { unroutedHeaders } = spec
  const unroutedShapes: Shape[] =
    unroutedHeaders.length === 0 ? [] : [responseHeadersPolicy(headerEditsOf(unroutedHeaders, dropField)).shape]
  const routes = spec.routes.map(
    (route): RoutePlan => ({ spec: route, params: checkedPattern(route.match).params, chain: chainFor(route) }),
  )
  return Object.freeze({
    spec,
    router: compileRouters(routes, spec.frontends),
    slashes: spec.slashes,
    isTrusted: trustOf(spec.trustedProxies),
    answersPreflights: spec.routes.some(route => route.cors !== undefined),
    unrouted: {
      gates: [],
      call: () => {
        throw new Error('an unrouted request has no call')
      },
      shapes: [problem, ...unroutedShapes],
      taps: [countTap(world.meter, world.clock, countError, '-'), ...traceTaps, ...logTaps],
    },
    release,
  })
}

/** Fields that the gateway writes itself, as this Spec has it. */
const ownFields = ({ tracing, services }: GatewaySpec): ReadonlySet<string> =>
  new Set([
    ...(tracing === undefined ? [] : ['traceparent', 'tracestate']),
    ...services.map(({ deadlineHeader }) => deadlineHeader).filter(name => name !== ''),
  ])

const NEVER_LATE: LagWatch = { isLate: () => false, lagMs: () => 0, stop() {} }

const lagOf = ({ shedLagMs }: GatewaySpec, { truly, every }: World): LagWatch =>
  shedLagMs === 0 ? NEVER_LATE : createLagWatch({ thresholdMs: shedLagMs, now: truly, every })

/** Null where nothing is traced. */
const tracingOf = ({ tracing }: GatewaySpec, { clock, spans, random }: World): TracingWorld | null =>
  tracing === undefined
    ? null
    : { clock, spans, ids: createTraceIds(), isSampled: createSampler(tracing.sample, () => random()) }

/** By name. What a way has seen is kept over reloads that leave its settings, and the consumers it knows, as they were. */
const waysOf = (spec: GatewaySpec, world: World, held: string[]): ReadonlyMap<string, Way> => {
  const consumers = JSON.stringify(spec.consumers)
  return new Map(
    spec.auth.map(way => {
      const knows = way.kind === 'apiKey' || way.consumerClaim !== undefined
      const key = JSON.stringify(way) + (knows ? consumers : '')
      held.push(key)
      return [way.name, world.ways.hold(key, () => wayOf(way, spec, world))]
    }),
  )
}

const wayOf = (way: AuthSpec, { consumers }: GatewaySpec, world: World): Way =>
  way.kind === 'jwt' ? jwtWay(way, consumers, world) : apiKeyWay(way, consumers, world)
