import { requireNode } from './base/needed-node.ts'
import type { ConfigSource, Gateway, GatewayOptions } from './gateway/api.ts'

export { aggregate } from './compose/typed/aggregate.ts'
export { type HandlerRequest, handler } from './compose/typed/handler.ts'
export { optional, required } from './compose/typed/part.ts'
export type { LeftOut, Missing, Ok, OkOrFell } from './compose/typed/results.ts'
export { service } from './compose/typed/service.ts'
export type { AggregateRequest } from './core/code/aggregate-request.ts'
export { type Responded, respond } from './core/code/respond.ts'
export type {
  Address,
  Addresses,
  ConfigSource,
  Gateway,
  GatewayLog,
  GatewayOptions,
  InjectAnswer,
  InjectRequest,
  StopOptions,
} from './gateway/api.ts'
export { ConfigError, type ConfigProblem } from './gateway/config-error.ts'
export { defineConfig, type FrozenConfig as Config } from './spec/define.ts'

/**
 * Makes a gateway in this thread: the data plane of `sallyport run`, without worker threads. The configuration is what
 * `defineConfig` returns, or the path to a file. Resolves once it is checked, and rejects with a `ConfigError` that has
 * everything that is wrong with it; nothing is started before `start` or `inject`. Whoever made it calls `stop`.
 *
 * The admin listener is off unless the configuration has one; `workers` counts for `sallyport run` only. What
 * `aggregate()` was given is called as it is, in this thread.
 */
export const createGateway = async (config: ConfigSource, options: GatewayOptions = {}): Promise<Gateway> => {
  requireNode()
  // Only then: a configuration that imports this package is evaluated in threads that serve no gateway of their own.
  const made = await import('./gateway/create-gateway.ts')
  return made.createGateway(config, options)
}
