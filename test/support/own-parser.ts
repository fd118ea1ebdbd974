import { parseAuthority } from '../../src/base/authority.ts'
import type { HeaderView } from '../../src/base/headers.ts'
import { Target } from '../../src/base/target.ts'
import { ChunkedDecoder } from '../../src/http1/chunked.ts'
import { BAD_VERSION, DEFAULT_LIMITS, type Head, MORE } from '../../src/http1/head.ts'
import { RequestHead } from '../../src/http1/request-parser.ts'
import { ResponseHead } from '../../src/http1/response-parser.ts'
import { type Parsed, type ParsedMessage, trimmed } from './parsed.ts'

const list = (view: HeaderView): string[] =>
  Array.from({ length: view.count }, (_, i) => `${view.nameAt(i)}: ${trimmed(view.valueAt(i))}`)

/** Where the body of the message ends, and whether anything follows on the connection. */
interface Framed extends Head {
  readonly contentLength: number
  readonly chunked: boolean
  readonly keepAlive: boolean
  parse(buf: Buffer, start: number, end: number): number
}

const asMessage = (head: Framed, start: string): ParsedMessage => ({
  start,
  fields: list(head),
  body: '',
  trailers: [],
  keepAlive: head.keepAlive,
  upgrade: false,
  complete: false,
})

/** One message after the other, as a server with a growing buffer reads them. `ends` are the lengths it sees. */
const parseMessages = <H extends Framed>(
  data: Buffer,
  ends: readonly number[],
  create: () => H,
  start: (head: H) => string,
  framing: (head: H) => 'none' | 'length' | 'chunked' | 'close' | 'refused' | 'unasked',
): Parsed => {
  const parsed: Parsed = { messages: [], end: 'more', reason: '' }
  const head = create()
  let at = 0
  let turn = 0
  const visible = (): number => ends[turn]!
  for (;;) {
    const after = head.parse(data, at, visible())
    if (after === MORE) {
      if (++turn < ends.length) continue
      return parsed
    }
    if (after < 0) return Object.assign(parsed, { end: 'error', reason: head.reason, bad: after === BAD_VERSION })
    const kind = framing(head)
    if (kind === 'refused') return Object.assign(parsed, { end: 'error', reason: 'a target no server takes' })
    if (kind === 'unasked') return Object.assign(parsed, { end: 'error', reason: 'a 101 that nobody asked for' })
    const message = asMessage(head, start(head))
    parsed.messages.push(message)
    at = after
    if (kind === 'close') {
      message.keepAlive = false
      message.body = data.toString('latin1', at)
      return parsed
    }
    if (kind === 'chunked') {
      const decoder = new ChunkedDecoder(DEFAULT_LIMITS)
      for (;;) {
        // The decoder moves data in place; the original must stay as it is for the next comparison.
        const piece = Buffer.from(data.subarray(at, visible()))
        if (!decoder.decode(piece, 0, piece.length))
          return Object.assign(parsed, { end: 'error', reason: decoder.reason })
        message.body += piece.toString('latin1', decoder.outStart, decoder.outEnd)
        at += decoder.next
        if (decoder.done) break
        if (++turn >= ends.length) return parsed
      }
      if (decoder.trailers !== null) message.trailers.push(...list(decoder.trailers))
    } else if (kind === 'length') {
      while (visible() - at < head.contentLength && turn + 1 < ends.length) turn++
      const stop = Math.min(at + head.contentLength, visible())
      message.body = data.toString('latin1', at, stop)
      if (stop - at < head.contentLength) return parsed
      at = stop
    }
    message.complete = true
    if (!head.keepAlive) return Object.assign(parsed, { end: 'closed' })
  }
}

export const parseRequests = (data: Buffer, ends: readonly number[] = [data.length]): Parsed =>
  parseMessages(
    data,
    ends,
    () => new RequestHead(),
    head => `${head.method} ${head.target} 1.${head.minor}`,
    head => (!plausible(head) ? 'refused' : head.chunked ? 'chunked' : head.contentLength > 0 ? 'length' : 'none'),
  )

const target = new Target()

/** What the server looks at once a head is parsed: the target in detail, and the authority that counts. */
const plausible = (head: RequestHead): boolean => {
  if (head.method === 'CONNECT') return false
  if (parseAuthority(head.host ?? '') === undefined) return false
  if (head.target.startsWith('/')) return target.set(head.target, 'keep')
  const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(head.target)
  return absolute === null ? head.target === '*' : parseAuthority(absolute[1]!) !== undefined
}

export const parseResponses = (data: Buffer, ends: readonly number[] = [data.length]): Parsed =>
  parseMessages(
    data,
    ends,
    () => new ResponseHead(),
    head => `1.${head.minor} ${head.status}`,
    head => {
      // The connection is over then (502), whatever follows; Node takes what follows for another protocol.
      if (head.status === 101) return 'unasked'
      if (head.status < 200 || head.status === 204 || head.status === 304) return 'none'
      return head.chunked ? 'chunked' : head.contentLength > 0 ? 'length' : head.contentLength === 0 ? 'none' : 'close'
    },
  )
