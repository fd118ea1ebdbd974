import type { EndpointSpec, GatewaySpec, ServiceSpec } from '../spec/spec.ts'
import type { ConfigSource, Gateway, GatewayOptions } from './api.ts'
import { embed } from './embed.ts'
import { connectTo } from './fake-connection.ts'
import type { FakeService } from './fake-service.ts'
import { createTestClock, ExactWheel, type TestClock, worksOf } from './test-clock.ts'

export interface TestGatewayOptions extends GatewayOptions {
  /** By name, as the configuration has them; one that is asked and not here refuses connections. */
  readonly services?: Readonly<Record<string, FakeService>>
  /** Made by `createTestClock`; a clock of its own unless given. */
  readonly clock?: TestClock
}

/** A gateway with a test around it. */
export interface TestGateway extends Gateway {
  /** What all its timeouts, limits, breakers and deadlines go by. */
  readonly clock: TestClock
}

/** See testing.ts. */
export const createTestGateway = async (
  config: ConfigSource,
  { services = {}, clock = createTestClock(), ...options }: TestGatewayOptions = {},
): Promise<TestGateway> => {
  const works = worksOf(clock)
  const answers = new Map(Object.entries(services))
  const world = {
    ...works,
    background: works.timers,
    sharedNow: works.clock.now,
    wheel: new ExactWheel(works),
    connect: connectTo(answers),
    alter: (spec: GatewaySpec) => inTest(spec, answers),
  }
  const { gateway, open } = await embed(config, { log: SILENT, ...options }, world)
  await open()
  return {
    ...gateway,
    clock,
    // Nobody moves the clock meanwhile: what is under way would never end.
    stop: (how = { drain: false }) => gateway.stop(how),
  }
}

const SILENT = { info() {}, warn() {}, error() {} }

/**
 * Nothing reaches out of the test: targets are those of the configuration, nobody probes them, limits are in memory, spans
 * go nowhere.
 */
const inTest = (spec: GatewaySpec, answers: ReadonlyMap<string, FakeService>): GatewaySpec => {
  const known = spec.services.map(({ name }) => name)
  const unknown = [...answers.keys()].find(name => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`the configuration has no service "${unknown}"; it has ${list(known)}`)
  return {
    ...spec,
    services: spec.services.map(insideTest),
    tracing: undefined,
    state: { kind: 'memory', keys: spec.state.keys },
  }
}

const list = (names: readonly string[]): string => names.map(name => `"${name}"`).join(', ') || 'none'

const insideTest = (service: ServiceSpec): ServiceSpec => ({
  ...service,
  endpoints: service.discover === undefined ? service.endpoints : [standIn(service.name)],
  discover: undefined,
  health: undefined,
})

/** For targets that would have to be looked for. */
const standIn = (name: string): EndpointSpec => ({
  url: `http://${name}`,
  tls: false,
  host: name,
  port: 80,
  authority: name,
  basePath: '',
  weight: 1,
  priority: 0,
  address: '',
})
