import type { EndpointSpec, GatewaySpec, ServiceSpec } from '../../spec/spec.ts'
import { type Child, startChild } from './child.ts'
import type { StubInit } from './stub-server.ts'

/** Its ports, in the order of the services. */
export type StubsChild = Child<readonly number[]>

export const startStubServices = (init: StubInit): Promise<StubsChild> => startChild('stub-child', init)

/**
 * The same gateway before stub services, one for each service it has. Probes are left out, for stubs know neither paths
 * nor protocols of theirs; so is Redis, so that it runs anywhere.
 */
export const withStubs = (spec: GatewaySpec, ports: readonly number[]): GatewaySpec => ({
  ...spec,
  state: { kind: 'memory', keys: spec.state.keys },
  services: spec.services.map((service, i) => stubbed(service, ports[i] ?? 0)),
})

const stubbed = (service: ServiceSpec, port: number): ServiceSpec => ({
  ...service,
  discover: undefined,
  health: undefined,
  endpoints: [stubEndpoint(port, (service.discover ?? service.endpoints[0])?.basePath ?? '')],
})

const stubEndpoint = (port: number, basePath: string): EndpointSpec => ({
  url: `http://127.0.0.1:${port}${basePath}`,
  tls: false,
  host: '127.0.0.1',
  port,
  authority: `127.0.0.1:${port}`,
  basePath,
  weight: 1,
  priority: 0,
  address: '',
})
