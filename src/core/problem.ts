import type { Fault } from '../base/errors.ts'
import { ERRORS } from '../base/errors.ts'
import type { Exchange } from './exchange.ts'
import type { Reply } from './reply.ts'

/**
 * The body and fields of an answer the gateway makes because something went wrong: RFC 9457 problem details, and RFC
 * 9209 `Proxy-Status` for faults of the upstream side.
 */
export const writeProblem = (x: Exchange, reply: Reply, fault: Fault, proxyName: string): void => {
  const row = ERRORS[fault.code]
  const problem = {
    type: fault.problem?.type ?? `urn:sallyport:error:${fault.code.toLowerCase()}`,
    title: row.title,
    status: row.status,
    code: fault.code,
    detail: fault.detail === '' ? row.title : fault.detail,
    requestId: x.requestId,
    ...fault.problem?.members,
  }
  reply.body = Buffer.from(JSON.stringify(problem), 'utf8')
  reply.edit.set('content-type', 'application/problem+json')
  reply.edit.set('cache-control', 'no-store')
  if ('proxyStatus' in row) reply.edit.set('proxy-status', `${proxyName}; error=${row.proxyStatus}`)
}
