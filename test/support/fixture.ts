import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { onPeer, type RunningGateway, startGateway } from './gateway.ts'
import { type HostileUpstream, startHostileUpstream, type UpstreamConnection } from './hostile-upstream.ts'
import { openClient, type RawClient } from './raw-client.ts'
import type { RawResponse } from './responses.ts'
import type { GatewayOptions, ServiceOptions } from './specs.ts'

export interface Scene {
  readonly gateway: RunningGateway
  readonly upstream: HostileUpstream
  /** A new connection to the gateway. */
  client(): Promise<RawClient>
}

/** A gateway before one scripted upstream; all of it ends with the test. */
export const scene = async (
  t: TestContext,
  script: (connection: UpstreamConnection) => Promise<void>,
  options: Partial<GatewayOptions> & { service?: Omit<ServiceOptions, 'ports'> } = {},
): Promise<Scene> => {
  const { service, ...rest } = options
  const upstream = await startHostileUpstream(script)
  const gateway = await startGateway({ services: { app: { ports: [upstream.port], ...service } }, ...rest })
  const clients: RawClient[] = []
  t.after(async () => {
    for (const client of clients) client.destroy()
    await gateway.close()
    await upstream.close()
  })
  return {
    gateway,
    upstream,
    async client() {
      const client = await openClient(gateway.port)
      clients.push(client)
      return client
    },
  }
}

/** The gateway's own answer: problem+json with one of these codes, whole, with a request id. */
export const assertProblem = (response: RawResponse, status: number, ...codes: string[]): void => {
  if (onPeer) return assert.equal(response.status, status)
  assert.equal(response.status, status, response.body.toString())
  assert.equal(response.header('content-type'), 'application/problem+json')
  const problem: { code?: unknown; status?: unknown; requestId?: unknown } = JSON.parse(response.body.toString())
  assert.ok(codes.includes(String(problem.code)), `code ${problem.code}, expected ${codes.join(' or ')}`)
  assert.equal(problem.status, status)
  assert.equal(problem.requestId, response.header('x-request-id'))
  assert.ok(response.complete)
}

export const GET = 'GET / HTTP/1.1\r\nHost: gw.test\r\n\r\n'
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
