import { parseRequestsWithNode } from './node-parser.ts'

/** Fields that mean nothing good behind a body (RFC 9110 §6.5.1). */
const NOT_IN_TRAILERS =
  /^(content-length|transfer-encoding|host|connection|trailer|te|authorization|x-consumer|x-claim-\w+):/i

/** What is wrong with the bytes a gateway sent to an upstream; judged by another parser than its own. */
export const wireFaults = (received: Buffer): string[] => {
  const { messages, end, reason } = parseRequestsWithNode(received)
  const faults = end === 'error' ? [`not strict HTTP/1.1: ${reason}`] : []
  for (const { start, fields, trailers } of messages) {
    const count = (name: string): number => fields.filter(field => field.toLowerCase().startsWith(`${name}:`)).length
    const lengths = count('content-length')
    const codings = count('transfer-encoding')
    if (lengths + codings > 1) faults.push(`${lengths} Content-Length and ${codings} Transfer-Encoding: ${start}`)
    if (count('host') !== 1) faults.push(`${count('host')} Host: ${start}`)
    for (const field of trailers) if (NOT_IN_TRAILERS.test(field)) faults.push(`trailer ${field}`)
  }
  return faults
}
