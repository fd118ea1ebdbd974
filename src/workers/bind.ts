import { createServer, type ListenOptions } from 'node:net'
import type { AddressSpec, GatewaySpec, ListenerSpec } from '../spec/spec.ts'

/**
 * Binds every address once, alone, before the workers share it: with port reuse alone a second gateway on the same
 * port would go unnoticed and take half of the connections. Port 0 becomes the port that the system chose, so that
 * all workers get the same one. Rejects with one sentence.
 *
 * `held` are the listeners that serve now: theirs are kept as they are, port 0 included.
 */
export const claimListeners = async (spec: GatewaySpec, held: readonly ListenerSpec[] = []): Promise<GatewaySpec> => {
  const claimed: ListenerSpec[] = []
  for (const listener of spec.listeners) {
    const port = await claim(listener, [...held, ...claimed])
    claimed.push({ ...listener, port })
  }
  return { ...spec, listeners: claimed }
}

const claim = async (listener: ListenerSpec, ours: readonly ListenerSpec[]): Promise<number> => {
  const before = ours.find(other => other.name === listener.name)
  if (listener.port === 0 && before?.host === listener.host) return before.port
  // Also when only the host differs: binding 0.0.0.0:80 alone fails while our own 127.0.0.1:80 is open.
  if (listener.port !== 0 && ours.some(other => other.port === listener.port)) return listener.port
  return bindAlone(listener, `listener "${listener.name}"`)
}

/** Binds the address without sharing, lets go, and resolves to its port. */
export const bindAlone = async (address: AddressSpec, whose: string): Promise<number> => {
  try {
    return await bindOnce({ host: address.host, port: address.port, exclusive: true })
  } catch (error) {
    throw new Error(bindProblem(error, address, whose))
  }
}

/** Whether several sockets may listen on one port and share its connections. */
export const canReusePort = async (): Promise<boolean> => {
  try {
    await bindOnce({ host: '127.0.0.1', port: 0, reusePort: true })
    return true
  } catch {
    return false
  }
}

/** What went wrong with an address, in one sentence that names it and what to do. */
export const bindProblem = (error: unknown, { host, port }: AddressSpec, whose: string): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is already in use (${whose})`
  if (code === 'EACCES') return `port ${port} on ${host} may not be used without more rights (${whose})`
  if (code === 'EADDRNOTAVAIL') return `${host} is not an address of this machine (${whose})`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `host name ${host} is not known (${whose})`
  return `cannot listen on ${host}:${port} (${whose}): ${error instanceof Error ? error.message : String(error)}`
}

const bindOnce = (options: ListenOptions): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(options, () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
