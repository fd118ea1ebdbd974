import { type HeaderView, headersOf } from '../base/headers.ts'
import { faultReply, Reply } from '../core/reply.ts'
import type { AggregateSpec } from '../spec/spec-aggregate.ts'
import type { BranchMissing, BranchResult } from './branch.ts'
import type { BranchRun } from './branch-run.ts'
import { emptyFault } from './missing.ts'
import { partialMember } from './partial.ts'

/** The answer, once all branches have results. */
export interface Answer {
  /** The error in its place when no branch has data; null: there is some. */
  refuse(results: readonly BranchResult[], runs: readonly BranchRun[]): Reply | null
  make(results: readonly BranchResult[], runs: readonly BranchRun[], body: Buffer): Reply
}

const PARTIAL = 'sallyport-partial'
/** What they say is true of a whole answer alone. */
const OF_WHOLE: ReadonlySet<string> = new Set([
  'cache-control',
  'surrogate-control',
  'expires',
  'age',
  'etag',
  'last-modified',
])
/** For caches that heed it rather than `Cache-Control` (RFC 9213 §2.1): `CDN-Cache-Control` and those of vendors. */
const TARGETED = '-cache-control'

const isOfWhole = (name: string): boolean => OF_WHOLE.has(name) || name.endsWith(TARGETED)

export const compileAnswer = ({ branches, headers, takeHeaders, whenEmpty }: AggregateSpec): Answer => {
  const complete = baseOf(headers)
  const partial = baseOf([...headers.filter(([name]) => !isOfWhole(name)), ['cache-control', 'no-store']])
  const takes = takeHeaders.map(({ branch, name }) => ({
    name,
    index: branches.findIndex(each => each.name === branch),
  }))
  return {
    refuse(results, runs) {
      if (whenEmpty === 'answer' || results.some(isData)) return null
      const missing = allMissing(results, runs)
      return missing.length === 0 ? null : faultReply(emptyFault(missing))
    },
    make(results, runs, body) {
      const members = membersOf(results, runs)
      const reply = new Reply(200, members === '' ? complete : partial, body)
      for (const { name, index } of takes) {
        const run = runs[index]
        if (run !== undefined && (members === '' || !isOfWhole(name)) && isOwnData(results[index]))
          take(reply, name, run)
      }
      if (members !== '') reply.edit.set(PARTIAL, members)
      return reply
    },
  }
}

const baseOf = (headers: AggregateSpec['headers']): HeaderView =>
  headersOf(
    headers.some(([name]) => name === 'content-type') ? headers : [['content-type', 'application/json'], ...headers],
  )

const isData = ({ kind }: BranchResult): boolean => kind === 'ok'
const isOwnData = (result: BranchResult | undefined): boolean => result?.kind === 'ok' && result.missing === null

const missingOf = (result: BranchResult): BranchMissing | null =>
  result.kind === 'missing' ? result : result.kind === 'ok' ? result.missing : null

const membersOf = (results: readonly BranchResult[], runs: readonly BranchRun[]): string => {
  let members = ''
  for (let i = 0; i < results.length; i++) {
    const missing = missingOf(results[i]!)
    if (missing !== null) members += (members === '' ? '' : ', ') + partialMember(runs[i]!.plan.item, missing)
  }
  return members
}

const allMissing = (results: readonly BranchResult[], runs: readonly BranchRun[]): [string, BranchMissing][] =>
  results.flatMap((result, i) => (result.kind === 'missing' ? [[runs[i]!.plan.name, result]] : []))

const take = (reply: Reply, name: string, { plan, request }: BranchRun): void => {
  const values = request?.taken[plan.wanted.takes.indexOf(name)] ?? []
  for (const value of values) reply.edit.append(name, value)
}
