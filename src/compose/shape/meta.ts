import type { BranchResult } from '../branch.ts'

/** The member that says how each branch fared. */
export const META = '_meta'

/** The value of that member, as JSON. */
export type Meta = (results: readonly BranchResult[]) => string

export const compileMeta = (names: readonly string[]): Meta => {
  const keys = names.map(name => JSON.stringify(name) + ':')
  return results => {
    let branches = ''
    for (let i = 0; i < results.length; i++) branches += (i === 0 ? '' : ',') + keys[i] + fareOf(results[i]!)
    return `{"complete":${results.every(isComplete)},"branches":{${branches}}}`
  }
}

/** What was left out was not wanted; a fallback is not what was wanted. */
const isComplete = (result: BranchResult): boolean =>
  result.kind === 'left out' || (result.kind === 'ok' && result.missing === null)

/** `ms`: of the aggregate, until it was known. `httpStatus`: where the service answered. */
const fareOf = (result: BranchResult): string => {
  if (result.kind === 'left out') return '{"status":"left out"}'
  const status = result.kind === 'missing' ? result.reason : result.missing === null ? 'ok' : 'fallback'
  const httpStatus = result.status === 0 ? '' : `,"httpStatus":${result.status}`
  return `{"status":"${status}","ms":${Math.round(result.afterMs)}${httpStatus}}`
}

/** Behind the other members, or the first of them. */
export const metaMember = (isFirst: boolean, meta: string): Buffer =>
  Buffer.from(`${isFirst ? '{' : ','}"${META}":${meta}`)
