import { cleanValue } from '../base/headers.ts'
import type { BranchSpec } from '../spec/spec-aggregate.ts'
import { compileJson } from './json-template.ts'
import { type Inputs, type Resolve, unfit } from './references.ts'
import type { Asked } from './sub-exchange.ts'
import { compileTarget } from './target-template.ts'
import { compileText, type Encode } from './text-template.ts'

/** What a branch asks for; throws a Fault where that cannot be said. */
export type Ask = (from: Inputs) => Asked

/** What servers take in one field by default. */
const MOST_VALUE = 8192

export const compileAsk = (spec: BranchSpec, resolve: Resolve): Ask => {
  const target = compileTarget(spec, resolve)
  const headers = spec.headers.map(([name, value]) => ({ name, make: compileText(value, resolve, inField) }))
  const body = spec.body === undefined ? null : compileJson(spec.body, resolve)
  return from => ({
    path: target.path(from),
    query: target.query(from),
    headers: headers.length === 0 ? null : headers.map(({ name, make }) => [name, make(from)] as const),
    body: body === null ? null : body(from),
  })
}

/** Rather no request than one that says something else: what a field cannot hold would become spaces. */
const inField: Encode = (value, of) => {
  if (cleanValue(value) !== value) throw unfit(of, 'holds characters that a header cannot hold')
  if (value.length > MOST_VALUE) throw unfit(of, 'is too long for a header')
  return value
}

/** Equal for requests of which the answers would be equal, among those of one twin class (same-request.ts). */
export const keyOf = ({ path, query, headers, body }: Asked): string =>
  `${path}${query}\n${headers === null ? '' : headers.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${body ?? ''}`
