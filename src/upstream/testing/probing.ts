import { createServer, type Server, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { type Listening, listen } from '../../../test/support/listen.ts'
import { until } from '../../../test/support/until.ts'
import type { EndpointSpec } from '../../spec/spec.ts'
import type { HealthSpec } from '../../spec/spec-resilience.ts'
import { endpointSpec } from '../../spec/testing.ts'
import type { Failure, Probed } from '../health/probe.ts'
import { probeTarget } from '../health/probe-target.ts'

export interface ProbedServer extends Listening {
  /** Resolves when all its connections are closed: nothing is left of a probe. */
  quiet(): Promise<void>
}

/** A server that is asked, on loopback, gone with the test. */
export const served = async (t: TestContext, server: Server): Promise<ProbedServer> => {
  let open = 0
  server.on('connection', (socket: Socket) => {
    open++
    socket.on('error', () => {})
    socket.on('close', () => void open--)
  })
  const listening = await listen(server)
  t.after(() => listening.close())
  return { ...listening, quiet: () => until(() => open === 0, 'its connections are closed') }
}

/** A server that says `text` to whatever it is sent, and more if `then` says so. */
export const saying = (t: TestContext, text: string, then = (_: Socket): void => {}): Promise<ProbedServer> =>
  served(
    t,
    createServer(socket => {
      socket.once('data', () => {
        socket.write(text, 'latin1')
        then(socket)
      })
    }),
  )

export const probedAt = (
  port: number,
  probe: HealthSpec['probe'],
  endpoint: Partial<EndpointSpec> = {},
  health: Partial<HealthSpec> = {},
): Probed => ({
  endpoint: endpointSpec(`127.0.0.1:${port}`, endpoint),
  health: {
    probe,
    port: 0,
    intervalMs: 5000,
    jitter: 0,
    timeoutMs: 1000,
    healthyAfter: 1,
    unhealthyAfter: 1,
    ...health,
  },
  lookup: () => {
    throw new Error('addresses are not looked up')
  },
})

/** Fails when the probe has not ended after 10 s. */
export const ask = (probed: Probed): Promise<Failure> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      giveUp()
      reject(new Error('the probe does not end'))
    }, 10_000)
    const giveUp = probeTarget(probed, failure => {
      clearTimeout(timer)
      resolve(failure)
    })
  })
