import type { UpstreamConnection } from './hostile-upstream.ts'
import type { LenientRequest } from './lenient-request.ts'
import type { RawResponse } from './responses.ts'

/** What the service got to see of a request. */
export interface Seen {
  readonly target: string
  /** The whole head as it came. */
  readonly head: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** A service that answers each request with what it saw of it. */
export const echoing = async (connection: UpstreamConnection): Promise<void> => {
  for (;;) {
    const request = await connection.request()
    if (request === null) return
    await connection.send(echoOf(request))
  }
}

const echoOf = ({ method, target, head, headers, trailers, body }: LenientRequest): Buffer => {
  const text = JSON.stringify({ target, head, fields: headers, trailers, body: body.toString('latin1') })
  const start = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`
  // A HEAD has no body to say it in.
  return Buffer.from(method === 'HEAD' ? `${start}X-Saw: ${encodeURIComponent(head)}\r\n\r\n` : `${start}\r\n${text}`)
}

export const seenIn = ({ status, body }: RawResponse): Seen => {
  if (status !== 200) throw new Error(`the service was not reached: ${status} ${body}`)
  return JSON.parse(body.toString())
}

/** All values of a field the service saw, `_` taken for `-`, as careless servers do. */
export const fieldIn = ({ fields }: Pick<Seen, 'fields'>, name: string): string[] =>
  fields.filter(([key]) => key.toLowerCase().replaceAll('_', '-') === name).map(([, value]) => value)

/** A request with these field lines, `CRLF` after each. */
export const request = (target: string, fields: readonly string[] = [], method = 'GET', body = ''): string =>
  `${method} ${target} HTTP/1.1\r\nHost: gw.test\r\n${fields.map(line => `${line}\r\n`).join('')}\r\n${body}`

export const bearer = (token: string): string => `Authorization: Bearer ${token}`
