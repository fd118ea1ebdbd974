import type { IncomingMessage } from 'node:http'
import { http } from '../../base/node.ts'
import { createFinder } from './body-finder.ts'
import { type Opened, open } from './open.ts'
import type { Done, HttpProbeSpec, Probed } from './probe.ts'
import { CLOSED, why } from './why.ts'

const MOST_HEAD_BYTES = 16_384
const MOST_BODY_BYTES = 65_536
/** As for requests of clients. */
const MOST_INFORMATIONAL = 32

/** One request without keep-alive; redirects are answers like others. */
export const httpProbe = (probed: Probed, spec: HttpProbeSpec, done: Done): (() => void) => {
  const { socket } = open(probed, 'http/1.1', done, opened => ask(probed, spec, opened))
  return () => void socket.destroy()
}

const ask = ({ endpoint }: Probed, spec: HttpProbeSpec, { socket, end }: Opened): void => {
  const request = http.request({
    createConnection: () => socket,
    method: spec.method,
    path: spec.path,
    headers: headersOf(spec, endpoint.authority),
    maxHeaderSize: MOST_HEAD_BYTES,
  })
  let informational = 0
  request.on('information', () => {
    if (++informational > MOST_INFORMATIONAL) end('sent too many informational answers')
  })
  request.on('upgrade', () => end('answered 101'))
  request.on('error', error => end(why(error)))
  request.on('close', () => end(CLOSED))
  request.on('response', response => listen(response, spec, end))
  request.end()
}

/** As Node takes them in a row: name, value, name, value. */
const headersOf = (spec: HttpProbeSpec, authority: string): readonly string[] => {
  const names = new Set(spec.headers.map(([name]) => name.toLowerCase()))
  const own = [
    ['host', spec.host || authority],
    ['user-agent', 'sallyport'],
  ] as const
  return [...own.filter(([name]) => !names.has(name)), ...spec.headers].flat()
}

const listen = (response: IncomingMessage, spec: HttpProbeSpec, end: Done): void => {
  // What is over for us may still break.
  response.on('error', error => end(why(error)))
  const { statusCode = 0 } = response
  if (!spec.statuses.some(([least, most]) => statusCode >= least && statusCode <= most)) {
    return end(`answered ${statusCode}`)
  }
  if (spec.body === '') return end(null)
  const finder = createFinder(spec.body, MOST_BODY_BYTES)
  response.on('data', (chunk: Buffer) => {
    const found = finder.add(chunk)
    if (found) end(null)
    else if (finder.full) end(MISSING)
  })
  response.on('end', () => end(MISSING))
}

const MISSING = 'answered without the expected text'
