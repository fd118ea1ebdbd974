import type { GatewaySpec, ListenerSpec } from '../../spec/spec.ts'
import { NOBODY } from '../../spec/testing.ts'

export const emptySpec: GatewaySpec = {
  listeners: [],
  admin: undefined,
  workers: 2,
  trustedProxies: [],
  accessLog: undefined,
  slashes: 'keep',
  via: 'sallyport',
  drainMs: 30_000,
  drainDelayMs: 0,
  ...NOBODY,
  services: [],
  routes: [],
}

export const listenerOn = (port: number, name = 'web', host = '127.0.0.1'): ListenerSpec => ({
  name,
  host,
  port,
  tls: undefined,
  limits: { headBytes: 16_384, fields: 100, targetBytes: 8_192, bodyBytes: 0, connections: 10_000 },
  timeouts: { headMs: 10_000, idleMs: 75_000, bodyMs: 30_000 },
})
