import { headersOf } from '../base/headers.ts'
import type { Call } from '../core/policy.ts'
import { Reply } from '../core/reply.ts'
import type { RespondSpec } from '../spec/spec.ts'

/** A fixed reply, made once; every request gets the same bytes. */
export const respond = (spec: RespondSpec): Call => {
  const headers = headersOf(spec.headers)
  const body = spec.body === '' ? null : Buffer.from(spec.body, 'utf8')
  return () => new Reply(spec.status, headers, body)
}
