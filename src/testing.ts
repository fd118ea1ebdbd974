import { requireNode } from './base/needed-node.ts'
import type { ConfigSource } from './gateway/api.ts'
import type { TestGateway, TestGatewayOptions } from './gateway/test-gateway.ts'

export type { FakeAnswer, FakeOutage, FakeReply, FakeRequest, FakeService } from './gateway/fake-service.ts'
export { createTestClock, type TestClock, type TestClockOptions } from './gateway/test-clock.ts'
export type { TestGateway, TestGatewayOptions } from './gateway/test-gateway.ts'

/**
 * Makes a gateway for a test: the whole pipeline on the given configuration, with services that live in the test and a
 * clock that the test moves, so that no test needs a port or has to wait.
 *
 * ```ts
 * const gateway = await createTestGateway(config, {
 *   services: { users: ({ path }) => ({ json: { path } }) },
 * })
 * const answer = await gateway.inject('/api/users/42')
 * assert.equal(answer.status, 200)
 * await gateway.stop()
 * ```
 *
 * All that takes time goes by `gateway.clock`: begin a request, move the clock, await the answer. Limits are counted in
 * memory, for this gateway alone. Targets are those of the configuration, one of its own for a service that discovers
 * them; nobody probes them, and there is no tracing. Key sets of issuers are fetched over the network as ever.
 *
 * Rejects with a `ConfigError`, and with a TypeError where `services` names one that the configuration does not have.
 */
export const createTestGateway = async (
  config: ConfigSource,
  options: TestGatewayOptions = {},
): Promise<TestGateway> => {
  requireNode()
  const made = await import('./gateway/test-gateway.ts')
  return made.createTestGateway(config, options)
}
