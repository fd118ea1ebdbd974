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
  const { host, port } = endpoint
  const options = {
    host: endpoint.address || host,
    port,
    lookup: resolver.lookup as net.LookupFunction,
    allowHalfOpen: true,
  }
  if (!endpoint.tls) {
    const onread = {
      buffer: window,
      callback: (n: number): boolean => {
        onBytes(n)
        return true
      },
    }
    return net.connect({ ...options, onread, noDelay: true })
  }
  const servername = net.isIP(host) === 0 ? host : ''
  const socket = loadTls().connect({ ...options, servername, ALPNProtocols: ['http/1.1'] })
  // No `onread`: records that were decrypted already are read into its buffer even after `pause`, over bytes that are
  // lent. `data` events wait; a record is 16 KiB at most.
  socket.on('data', (chunk: Buffer) => onBytes(chunk.copy(window)))
  socket.setNoDelay(true)
  return socket
}
