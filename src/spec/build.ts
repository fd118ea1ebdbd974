import { buildAuth, buildConsumers } from './build-auth.ts'
import { buildHeaderEdits } from './build-header-edits.ts'
import { buildService } from './build-service.ts'
import { buildTracing } from './build-tracing.ts'
import type { CheckedConfig } from './schema.ts'
import type { FrontendSpec, GatewaySpec, ListenerSpec, RouteSpec } from './spec.ts'
import type { StateSpec } from './spec-policies.ts'

/** The Spec of a configuration in which no check found an error. */
export const buildSpec = (
  config: CheckedConfig,
  routes: readonly RouteSpec[],
  frontends: readonly FrontendSpec[],
  cores: number,
): GatewaySpec => ({
  listeners: Object.entries(config.listeners).map(buildListener),
  admin: config.admin === false ? undefined : config.admin.address,
  workers: config.workers === 'auto' ? cores : config.workers,
  trustedProxies: config.trustedProxies,
  accessLog: config.accessLog === false ? undefined : config.accessLog,
  tracing: buildTracing(config.tracing),
  slashes: config.slashes,
  via: config.via,
  drainMs: config.drain,
  drainDelayMs: config.drainDelay,
  shedLagMs: config.overload.lag ?? 0,
  bodyRoom: config.overload.bodies,
  state: buildState(config.state),
  auth: buildAuth(config.auth),
  consumers: buildConsumers(config.consumers),
  services: Object.entries(config.services).map(buildService),
  routes,
  frontends,
  unroutedHeaders: buildHeaderEdits([config.defaults.responseHeaders]),
})

const DEFAULT_KEYS = 1_000_000

const buildState = (state: CheckedConfig['state']): StateSpec => {
  if (state === 'memory') return { kind: 'memory', keys: DEFAULT_KEYS }
  if ('memory' in state) return { kind: 'memory', keys: state.memory.keys }
  return { kind: 'redis', url: state.redis, prefix: state.prefix, timeoutMs: state.timeout, keys: state.keys }
}

type Entry<T> = readonly [name: string, value: T]

const buildListener = ([name, listener]: Entry<CheckedConfig['listeners'][string]>): ListenerSpec => {
  const { address, tls, limits, timeout } = listener
  return {
    name,
    ...address,
    tls: tls === undefined ? undefined : { cert: tls.cert, key: tls.key, clientCa: tls.clientCa },
    limits: {
      headBytes: limits.head,
      fields: limits.fields,
      targetBytes: limits.target,
      bodyBytes: limits.body,
      connections: limits.connections,
    },
    timeouts: { headMs: timeout.head, idleMs: timeout.idle, bodyMs: timeout.body },
  }
}
