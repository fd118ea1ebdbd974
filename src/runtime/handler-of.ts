import { compileHandler } from '../compose/typed/compile-handler.ts'
import type { Call } from '../core/policy.ts'
import type { HandlerSpec, RouteSpec } from '../spec/spec.ts'
import { bounded } from './bounded.ts'
import type { OriginWorld } from './world.ts'

/** A function of the configuration as the origin of a route. */
export const handlerOf = (spec: HandlerSpec, { name, totalMs }: RouteSpec, world: OriginWorld): Call => {
  const { clock, after, truly, room, dropField, log, typed } = world
  return bounded(
    totalMs,
    compileHandler(spec, typed(spec.typed), { clock, after, truly, room, dropField, log, route: name }),
  )
}
