import { randomUUID } from 'node:crypto'
import { ERRORS, type ErrorCode } from '../base/errors.ts'

/** What the admin listener sends; always complete, so that its length is known. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export const text = (body: string, status = 200): Answer => ({ status, type: 'text/plain; charset=utf-8', body })

export const json = (body: unknown, status = 200): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(body)}\n`,
})

/** RFC 9457, with the fields of DESIGN §6. */
export const problem = (code: ErrorCode, detail: string, headers: Readonly<Record<string, string>> = {}): Answer => {
  const { status, title } = ERRORS[code]
  const requestId = randomUUID()
  const type = `urn:sallyport:error:${code.toLowerCase()}`
  return {
    status,
    type: 'application/problem+json',
    body: `${JSON.stringify({ type, title, status, code, detail, requestId })}\n`,
    headers: { ...headers, 'x-request-id': requestId },
  }
}
