import type { Path } from './problem.ts'
import type { Draft } from './salvage.ts'
import type { AuthRuleSpec } from './spec-policies.ts'

/** What `auth` of a route, a frontend or the defaults may hold, with holes. */
export type AuthRefDraft = Draft<string | string[] | { any?: string[] | undefined; all?: string[] | undefined }>

/** Words that stand among the names of ways. */
export const NONE = 'none'
export const OPTIONAL = 'optional'

export interface NamedWay {
  readonly path: Path
  readonly name: string
}

/** Every name that a reference holds, with its place. */
export const namesInRef = (path: Path, ref: AuthRefDraft | undefined): NamedWay[] => {
  if (ref === undefined) return []
  if (typeof ref === 'string') return [{ path, name: ref }]
  if (Array.isArray(ref)) return ref.flatMap((name, i) => (name === undefined ? [] : [{ path: [...path, i], name }]))
  return [...namesInRef([...path, 'any'], ref.any), ...namesInRef([...path, 'all'], ref.all)]
}

/**
 * What the first reference that is there comes to; those after it are what it is written in, the defaults last.
 * `optional` alone keeps their ways, or takes all there are.
 */
export const authRule = (refs: readonly (AuthRefDraft | undefined)[], ways: readonly string[]): AuthRuleSpec => {
  const at = refs.findIndex(ref => ref !== undefined)
  const ref = refs[at]
  if (ref === undefined) return OPEN_RULE
  const names = namesInRef([], ref).map(({ name }) => name)
  const named = names.filter(name => name !== NONE && name !== OPTIONAL)
  const optional = names.includes(OPTIONAL)
  if (named.length > 0) return { need: needOf(ref), ways: named, optional }
  if (!optional) return OPEN_RULE
  const inherited = authRule(refs.slice(at + 1), ways)
  return inherited.ways.length > 0 ? { ...inherited, optional } : { need: 'any', ways, optional }
}

const OPEN_RULE: AuthRuleSpec = { need: 'none', ways: [], optional: false }

const needOf = (ref: AuthRefDraft): 'any' | 'all' =>
  typeof ref === 'object' && !Array.isArray(ref) && ref.all !== undefined ? 'all' : 'any'
