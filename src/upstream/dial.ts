import net from 'node:net'
import type tls from 'node:tls'
import { loadTls } from '../base/node.ts'
import type { EndpointSpec } from '../spec/spec.ts'
import type { Resolver } from './resolve.ts'

/** Starts a connection that reads into `window`; `onBytes` says how many bytes are there. */
export const dial = (
  endpoint: EndpointSpec,
  resolver: Resolver,
  window: Buffer,
  onBytes: (n: number) => void,
): net.Socket | tls.TLSSocket => {
  const onread = {
    buffer: window,
    callback: (n: number): boolean => {
      onBytes(n)
      return true
    },
  }
  const { host, port } = endpoint
  const options = { host, port, onread, lookup: resolver.lookup as net.LookupFunction, allowHalfOpen: true }
  if (!endpoint.tls) {
    const socket = net.connect({ ...options, noDelay: true })
    return socket
  }
  const servername = net.isIP(host) === 0 ? host : ''
  const socket = loadTls().connect({ ...options, servername, ALPNProtocols: ['http/1.1'] })
  socket.setNoDelay(true)
  return socket
}
