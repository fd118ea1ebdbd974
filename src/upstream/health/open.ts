import net from 'node:net'
import type { TLSSocket } from 'node:tls'
import { loadTls } from '../../base/node.ts'
import type { Done, Probed } from './probe.ts'
import { CLOSED, why } from './why.ts'

/** A connection for one probe. */
export interface Opened {
  readonly socket: net.Socket
  /** Destroys the connection and tells the failure; only the first time it is called. */
  readonly end: Done
}

/**
 * Connects to where the target's requests go, though maybe to another port. `protocol` is for ALPN; undefined: the
 * connection is never encrypted. `onOpen` may throw: that ends the probe like all else that can happen to the socket.
 */
export const open = (
  probed: Probed,
  protocol: string | undefined,
  done: Done,
  onOpen: (to: Opened) => void,
): Opened => {
  const socket = connect(probed, protocol)
  let ended = false
  const end: Done = failure => {
    if (ended) return
    ended = true
    socket.destroy()
    done(failure)
  }
  const opened: Opened = { socket, end }
  socket.on('error', error => end(why(error)))
  socket.on('close', () => end(CLOSED))
  socket.once('alpnProtocol' in socket ? 'secureConnect' : 'connect', () => {
    if (ended) return
    try {
      onOpen(opened)
    } catch (error) {
      // Mostly a header or a path that HTTP does not allow.
      end(why(error))
    }
  })
  return opened
}

const connect = ({ endpoint, health, lookup }: Probed, protocol: string | undefined): net.Socket | TLSSocket => {
  const { host, address } = endpoint
  const options = { host: address || host, port: health.port || endpoint.port, lookup }
  if (protocol === undefined || !endpoint.tls) return net.connect(options)
  const servername = net.isIP(host) === 0 ? host : ''
  return loadTls().connect({ ...options, servername, ALPNProtocols: [protocol] })
}
