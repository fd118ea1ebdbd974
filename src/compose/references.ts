import { Fault } from '../base/errors.ts'
import { headersOf } from '../base/headers.ts'
import type { Json } from '../base/json.ts'
import { queryValue } from '../base/query.ts'
import { claimAt } from '../core/claim-at.ts'
import { clientHeader } from '../core/client-header.ts'
import type { Exchange } from '../core/exchange.ts'
import { type DropField, isIdentityField } from '../http1/serialize.ts'
import type { RefSpec } from '../spec/spec-aggregate.ts'
import type { BranchResult } from './branch.ts'
import { isList, isObject } from './json/object.ts'

/** What references of one aggregate look into. */
export interface Inputs {
  readonly x: Exchange
  /** Of the request; undefined where it has none, or nothing refers to it. */
  readonly body: Json | undefined
  /** By branch, in the order of writing; null: not known yet. */
  readonly results: readonly (BranchResult | null)[]
}

export interface Reference {
  /** As it was written, for messages. */
  readonly name: string
  /** The client says what is there: where it does not fit, the request is at fault and no service is. */
  readonly ofClient: boolean
  /** Whole numbers in it may have been rounded when it was read; all others are kept as they were written (json/wide.ts). */
  readonly mayBeRounded: boolean
  /** Undefined: there is nothing. Throws a Fault for what cannot be read. */
  read(from: Inputs): Json | undefined
}

/** Looks up at load what is to be read with each request. */
export type Resolve = (ref: RefSpec) => Reference

/**
 * `branches`: their names, in the order of the results. `dropField`: fields that only the gateway may send, of which a
 * client's own are not there.
 */
export const compileReference = (
  { source, path }: RefSpec,
  branches: readonly string[],
  dropField: DropField = isIdentityField,
): Reference => {
  const name = [source, ...path].join('.')
  const ofClient = isOfClient(source, path.join('.'), dropField)
  const read = readerOf(source, path, { name, ofClient }, branches, dropField)
  return { name, ofClient, mayBeRounded: source === 'claims', read }
}

/** What a token says is its issuer's business, and what a header of the gateway says is ours. */
const isOfClient = (source: RefSpec['source'], key: string, dropField: DropField): boolean => {
  if (source === 'headers') return !dropField(headersOf([[key, '']]), 0)
  return source === 'params' || source === 'query' || source === 'body'
}

const readerOf = (
  source: RefSpec['source'],
  path: readonly string[],
  of: Named,
  branches: readonly string[],
  dropField: DropField,
): Reference['read'] => {
  const key = path.join('.')
  switch (source) {
    case 'params':
      return ({ x }) => parameter(x, key, of)
    case 'query':
      return ({ x }) => queryValue(x.query, key)
    case 'headers':
      return headerReader(key, dropField)
    case 'claims':
      return ({ x }) =>
        x.identity === null || x.identity.claims === null ? undefined : claimAt(x.identity.claims, key)
    case 'consumer':
      return ({ x }) => x.identity?.consumer || undefined
    case 'subject':
      return ({ x }) => x.identity?.subject || undefined
    case 'body':
      return ({ body }) => (body === undefined ? undefined : memberAt(body, path, 0))
    case 'branches':
      return branchReader(path, branches)
  }
}

const headerReader = (name: string, dropField: DropField): Reference['read'] => {
  if (dropField(headersOf([[name, '']]), 0)) return ({ x }) => x.requestEdits?.get(name)
  return ({ x }) => clientHeader(x, name)[0]
}

const branchReader = (path: readonly string[], branches: readonly string[]): Reference['read'] => {
  const index = branches.indexOf(path[0] ?? '')
  if (index < 0) throw new Error(`there is no branch "${path[0]}"`)
  return ({ results }) => {
    const result = results[index]
    return result?.kind === 'ok' ? memberAt(result.json(), path, 1) : undefined
  }
}

/** Parameters of the path are kept percent-encoded, and not every escape is text (RFC 3629). */
const parameter = (x: Exchange, key: string, of: Named): string | undefined => {
  const value = x.params[x.paramNames.indexOf(key)]
  if (value === undefined || !value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    throw unfit(of, 'is not valid UTF-8')
  }
}

const INDEX = /^(?:0|[1-9]\d{0,8})$/

/**
 * What `path` leads to, from its `step` on: by name in objects, where only own members are seen, so that `constructor` is a
 * name like any other, and by position in lists.
 */
const memberAt = (value: Json, path: readonly string[], step: number): Json | undefined => {
  let at: Json | undefined = value
  for (let i = step; i < path.length; i++) {
    const name = path[i]!
    if (at === undefined) return undefined
    if (isList(at)) at = INDEX.test(name) ? at[Number(name)] : undefined
    else at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined
  }
  return at
}

type Named = Pick<Reference, 'name' | 'ofClient'>

/** Thrown: a branch cannot be asked. */
export class Unaskable extends Fault {
  /** All that could be said otherwise is the client's to say. */
  readonly byClient: boolean

  constructor(byClient: boolean, detail: string) {
    super(byClient ? 'BAD_REQUEST' : 'BRANCH_FAILED', detail)
    this.byClient = byClient
  }
}

/** Names what was referred to, never what it held. */
export const unfit = ({ name, ofClient }: Named, why: string): Unaskable => new Unaskable(ofClient, `{${name}} ${why}`)
