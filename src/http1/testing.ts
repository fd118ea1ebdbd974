import { RequestHead } from './request-parser.ts'
import { ResponseHead } from './response-parser.ts'

/** Parsed heads for the tests of this and other folders. Lines are given without their CRLF. */
export const bytesOf = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')

const parsed = <H extends RequestHead | ResponseHead>(head: H, bytes: Buffer): H => {
  const after = head.parse(bytes, 0, bytes.length)
  if (after !== bytes.length) throw new Error(`not a whole head: ${after} ${head.reason}`)
  return head
}

export const requestOf = (...lines: readonly string[]): RequestHead => parsed(new RequestHead(), bytesOf(...lines))

export const responseOf = (...lines: readonly string[]): ResponseHead => parsed(new ResponseHead(), bytesOf(...lines))
