import { createServer, type Server } from 'node:http'
import type { Serving } from '../../src/core/serving.ts'
import type { GatewaySpec, ListenerSpec } from '../../src/spec/spec.ts'

/**
 * A Serving on node:http that does as it is told, to test what surrounds workers without the data plane. Answers with
 * the worker's number and `via`, which tests use to tell one Spec from another. `/throw` kills the worker, `/stall`
 * blocks it for good, `/slow` takes 300 ms; a Spec whose `via` is `refuse` cannot be prepared, one with `hang` hangs.
 */
export interface FakeServingOptions {
  readonly worker: number
  readonly reusePort: boolean
  readonly tickMs: number
  readonly onTick: () => void
}

export const createFakeServing = ({ worker, reusePort, tickMs, onTick }: FakeServingOptions): Serving => {
  const open = new Map<string, Server>()
  let fresh = new Map<string, Server>()
  let live: GatewaySpec | undefined
  let next: GatewaySpec | undefined
  setInterval(onTick, tickMs)

  const listen = (listener: ListenerSpec): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((request, response) => {
        if (request.url === '/throw') setImmediate(() => Promise.reject(new Error('thrown by a request')))
        if (request.url === '/stall') for (;;);
        const answer = (): unknown => response.end(JSON.stringify({ worker, via: live?.via }))
        if (request.url === '/slow') setTimeout(answer, 300)
        else if (request.url !== '/throw') answer()
      })
      server.once('error', reject)
      server.listen({ host: listener.host, port: listener.port, reusePort }, () => resolve(server))
    })
  const keyOf = ({ host, port }: ListenerSpec): string => `${host}:${port}`
  const closeAll = (servers: Iterable<Server>): void => {
    for (const server of servers) {
      server.close()
      server.closeIdleConnections()
    }
  }

  return {
    prepare: async spec => {
      if (spec.via === 'refuse') throw new Error('the fake refuses this Spec')
      if (spec.via === 'hang') await new Promise(() => {})
      next = spec
      for (const listener of spec.listeners) {
        if (!open.has(keyOf(listener))) fresh.set(keyOf(listener), await listen(listener))
      }
    },
    commit: () => {
      live = next
      const wanted = new Set(live?.listeners.map(keyOf))
      for (const [key, server] of fresh) open.set(key, server)
      fresh = new Map()
      for (const [key, server] of open) {
        if (wanted.has(key)) continue
        closeAll([server])
        open.delete(key)
      }
    },
    abort: async () => {
      closeAll(fresh.values())
      fresh = new Map()
    },
    drain: async drainMs => {
      const closed = [...open.values()].map(server => new Promise(resolve => server.close(resolve)))
      for (const server of open.values()) server.closeIdleConnections()
      await Promise.race([Promise.all(closed), new Promise(resolve => setTimeout(resolve, drainMs))])
    },
    close: async () => closeAll(open.values()),
  }
}
