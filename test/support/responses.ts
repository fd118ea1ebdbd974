import { bytesOf, type RawClient } from './raw-client.ts'

/** One answer, read leniently: what a test wants to look at, not what a strict reader would accept. */
export interface RawResponse {
  readonly status: number
  readonly version: string
  /** Status line and fields as received. */
  readonly head: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [name: string, value: string])[]
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
  /** Whether the end of the message was seen; a body that ends with the connection never is. */
  readonly complete: boolean
  /** First value of `name` (lower case). */
  header(name: string): string | undefined
}

const CRLF2 = '\r\n\r\n'

const fieldsOf = (lines: readonly string[]): [string, string][] =>
  lines.map(line => {
    const colon = line.indexOf(':')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
  })

interface Body {
  readonly body: Buffer
  readonly trailers: [string, string][]
  readonly complete: boolean
  readonly next: number
}

const chunkedBody = (data: Buffer, from: number): Body => {
  const parts: Buffer[] = []
  let at = from
  for (;;) {
    const eol = data.indexOf('\r\n', at)
    if (eol < 0) return { body: Buffer.concat(parts), trailers: [], complete: false, next: data.length }
    const size = Number.parseInt(data.toString('latin1', at, eol), 16)
    at = eol + 2
    if (size === 0) {
      // The trailer section is empty, or ends with an empty line of its own.
      if (data.indexOf('\r\n', at) === at)
        return { body: Buffer.concat(parts), trailers: [], complete: true, next: at + 2 }
      const end = data.indexOf(CRLF2, at)
      if (end < 0) return { body: Buffer.concat(parts), trailers: [], complete: false, next: data.length }
      const trailers = fieldsOf(data.toString('latin1', at, end).split('\r\n'))
      return { body: Buffer.concat(parts), trailers, complete: true, next: end + 4 }
    }
    parts.push(data.subarray(at, at + size))
    if (!(at + size + 2 <= data.length))
      return { body: Buffer.concat(parts), trailers: [], complete: false, next: data.length }
    at += size + 2
  }
}

/** `method` of the request decides whether a body follows (RFC 9112 §6.3). */
export const parseResponse = (
  data: Buffer,
  from: number,
  method: string,
): { response: RawResponse; next: number } | null => {
  const end = data.indexOf(CRLF2, from)
  if (end < 0) return null
  const head = data.toString('latin1', from, end)
  const [statusLine = '', ...lines] = head.split('\r\n')
  const match = /^HTTP\/(\d\.\d) (\d{3})/.exec(statusLine)
  const status = match === null ? 0 : Number(match[2])
  const headers = fieldsOf(lines)
  const header = (name: string): string | undefined => headers.find(pair => pair[0].toLowerCase() === name)?.[1]
  const start = end + 4
  const bodyless = method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200)
  const length = header('content-length')
  let framing: RawResponse['framing'] = 'none'
  let read: Body = { body: Buffer.alloc(0), trailers: [], complete: true, next: start }
  if (!bodyless && /chunked/i.test(header('transfer-encoding') ?? '')) {
    framing = 'chunked'
    read = chunkedBody(data, start)
  } else if (!bodyless && length !== undefined) {
    framing = 'length'
    const stop = start + Number(length)
    read = {
      body: data.subarray(start, stop),
      trailers: [],
      complete: data.length >= stop,
      next: Math.min(stop, data.length),
    }
  } else if (!bodyless) {
    framing = 'close'
    read = { body: data.subarray(start), trailers: [], complete: false, next: data.length }
  }
  const { body, trailers, complete, next } = read
  return {
    response: { status, version: match?.[1] ?? '', head, headers, body, trailers, framing, complete, header },
    next,
  }
}

/**
 * All answers in `data`, informational ones included. `methods` are those of the requests sent, in order; the last one
 * stands for all further ones.
 */
export const parseResponses = (data: Buffer, methods: readonly string[] = ['GET']): RawResponse[] => {
  const found: RawResponse[] = []
  let at = 0
  let request = 0
  while (at < data.length) {
    const one = parseResponse(data, at, methods[Math.min(request, methods.length - 1)] ?? 'GET')
    if (one === null) break
    found.push(one.response)
    if (one.response.status >= 200 || one.response.status === 101) request++
    at = one.next
  }
  return found
}

/** The number of final answers that are wholly there. */
const finals = (client: RawClient, methods: readonly string[]): number =>
  parseResponses(client.received(), methods).filter(r => r.complete && (r.status >= 200 || r.status === 101)).length

/** Waits for `methods.length` complete final answers, or for the end of the connection. */
export const readResponses = async (
  client: RawClient,
  methods: readonly string[],
  ms?: number,
): Promise<RawResponse[]> => {
  await client.waitFor(c => c.closed() || finals(c, methods) >= methods.length, ms)
  return parseResponses(client.received(), methods)
}

/** Sends one request on an open connection and returns its final answer; informational ones are left out. */
export const exchange = async (client: RawClient, request: string | Uint8Array, ms?: number): Promise<RawResponse> => {
  const bytes = bytesOf(request)
  const method = bytes.toString('latin1', 0, bytes.indexOf(' '))
  client.forget()
  await client.send(bytes)
  return finalResponse(await readResponses(client, [method], ms), client)
}

export const finalResponse = (responses: readonly RawResponse[], client: RawClient): RawResponse => {
  const final = responses.find(r => r.status >= 200 || r.status === 101)
  if (final === undefined) {
    const seen = JSON.stringify(client.received().toString('latin1', 0, 500))
    throw new Error(`no final answer; connection ${client.closed() ? 'closed' : 'open'}, received ${seen}`)
  }
  return final
}
