import type { Chain, Shape, Tap } from '../core/flow.ts'
import type { Call } from '../core/policy.ts'
import { writeProblem } from '../core/problem.ts'
import { redirect } from '../policies/redirect.ts'
import { respond } from '../policies/respond.ts'
import { compileForwardPath } from '../routing/forward-path.ts'
import { compileRedirect } from '../routing/redirect.ts'
import { compileRouter } from '../routing/router.ts'
import { compileSplit } from '../routing/split.ts'
import type { EndpointSpec, GatewaySpec, RouteSpec, ServiceSpec } from '../spec/spec.ts'
import { errorMeter } from '../telemetry/error-meter.ts'
import { targetMeter } from '../telemetry/target-meter.ts'
import { viaOf } from '../upstream/request-head.ts'
import { type Member, Service } from '../upstream/service.ts'
import { TargetState } from '../upstream/target.ts'
import { BUILTINS } from './builtins.ts'
import type { Plan, RoutePlan } from './plan.ts'
import { countTap, logTap } from './taps.ts'
import { trustOf } from './trust.ts'
import type { World } from './world.ts'

/** Spec → Plan. Holds the State the Plan needs; `release` lets go of it. Throws when a part of the Spec is not valid. */
export const compile = (spec: GatewaySpec, world: World): Plan => {
  const held: string[] = []
  const release = (): void => {
    for (const key of held.splice(0)) world.targets.release(key)
  }
  try {
    return planOf(spec, world, held, release)
  } catch (error) {
    release()
    throw error
  }
}

const planOf = (spec: GatewaySpec, world: World, held: string[], release: () => void): Plan => {
  const services = new Map(spec.services.map(service => [service.name, serviceOf(service, spec, world, held)]))
  const problem: Shape = (x, reply) => {
    if (reply.fault !== null) writeProblem(x, reply, reply.fault, spec.via)
  }
  const logTaps: Tap[] =
    world.accessLog === null || spec.accessLog === undefined ? [] : [logTap(world.accessLog, world.clock)]
  const countError = errorMeter(world.meter)
  const chainFor = (route: RouteSpec): Chain => {
    const policies = BUILTINS.flatMap(builtin => builtin.make(route) ?? [])
    const origin = originOf(route, services, world)
    return Object.freeze({
      gates: policies.flatMap(policy => policy.gate?.bind(policy) ?? []),
      call: policies.reduceRight((next: Call, policy) => policy.wrap?.(next) ?? next, origin),
      shapes: [problem, ...policies.flatMap(policy => policy.shape?.bind(policy) ?? [])],
      taps: [
        countTap(world.meter, world.clock, countError, route.name),
        ...logTaps,
        ...policies.flatMap(policy => policy.tap?.bind(policy) ?? []),
      ],
    })
  }
  const routes = spec.routes.map((route): RoutePlan => ({ spec: route, chain: chainFor(route) }))
  return Object.freeze({
    spec,
    router: compileRouter(routes),
    slashes: spec.slashes,
    isTrusted: trustOf(spec.trustedProxies),
    unrouted: {
      gates: [],
      call: () => {
        throw new Error('an unrouted request has no call')
      },
      shapes: [problem],
      taps: [countTap(world.meter, world.clock, countError, '-'), ...logTaps],
    },
    release,
  })
}

const originOf = (route: RouteSpec, services: ReadonlyMap<string, Service>, world: World): Call => {
  const { action } = route
  if (action.kind === 'respond') return respond(action)
  if (action.kind === 'redirect') return redirect(action.status, compileRedirect(route.match, action))
  const path = compileForwardPath(route.match, action, '')
  const choices = action.to.map(({ service, weight }) => ({ value: services.get(service)!, weight }))
  const [only] = choices
  if (choices.length === 1) return x => only!.value.forward(x, path, route.totalMs)
  const pick = compileSplit(choices, () => world.random())
  return x => pick().forward(x, path, route.totalMs)
}

const serviceOf = (service: ServiceSpec, spec: GatewaySpec, world: World, held: string[]): Service => {
  const members = service.endpoints.map((endpoint): Member => {
    // The weight is the Service's business: changing it costs no connection.
    const key = JSON.stringify([service.name, { ...endpoint, weight: 0 }, service.timeouts, service.connections])
    held.push(key)
    return {
      state: world.targets.hold(key, () => targetOf(service, endpoint, world)),
      hostLine: `Host: ${endpoint.authority}\r\n`,
      basePath: endpoint.basePath,
      label: endpoint.url,
      weight: endpoint.weight,
    }
  })
  const options = {
    name: service.name,
    preserveHost: service.host === 'preserve',
    via: service.via ? viaOf(spec.via) : '',
    maxInFlight: service.connections.max,
    maxQueued: service.connections.queue,
    queueMs: service.timeouts.connectMs,
    totalMs: service.timeouts.totalMs,
  }
  return new Service(options, members, world)
}

const targetOf = (service: ServiceSpec, endpoint: EndpointSpec, world: World): TargetState =>
  new TargetState(
    { endpoint, timeouts: service.timeouts, connections: service.connections },
    world,
    targetMeter(world.meter, service.name, endpoint.url),
  )
