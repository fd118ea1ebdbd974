import { headersOf } from '../../base/headers.ts'
import type { Json } from '../../base/json.ts'
import { Exchange } from '../../core/exchange.ts'
import type { Identity } from '../../core/identity.ts'
import type { BranchResult } from '../branch.ts'
import { compileReference, type Inputs, type Resolve } from '../references.ts'

export interface Given {
  /** Still percent-encoded. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly identity?: Partial<Identity>
  readonly body?: Json
  /** Data by branch; null as a whole: it has none yet. */
  readonly branches?: Readonly<Record<string, Json>>
  readonly missing?: readonly string[]
}

export const someone = (given: Partial<Identity> = {}): Identity => ({
  way: 'main',
  consumer: '',
  subject: '',
  keyId: '',
  roles: new Set(),
  scopes: new Set(),
  tier: '',
  claims: null,
  headers: null,
  ...given,
})

/** What references look into, and how they are resolved there. */
export const inputs = (given: Given = {}): { readonly from: Inputs; readonly resolve: Resolve } => {
  const x = new Exchange()
  x.params = Object.values(given.params ?? {})
  x.paramNames = Object.keys(given.params ?? {})
  x.query = given.query ?? ''
  x.headers = headersOf(given.headers ?? [])
  x.identity = given.identity === undefined ? null : someone(given.identity)
  const { branches = {}, missing = [] } = given
  const results = [...Object.values(branches).map(dataOf), ...missing.map(() => MISSING)]
  const names = [...Object.keys(branches), ...missing]
  return { from: { x, body: given.body, results }, resolve: ref => compileReference(ref, names) }
}

const MISSING: BranchResult = { kind: 'missing', reason: 'connect', status: 0, afterMs: 1, fault: null }

export const dataOf = (value: Json): BranchResult => ({
  kind: 'ok',
  text: null,
  json: () => value,
  status: 200,
  afterMs: 1,
  missing: null,
})
