import { buildEdits } from './build-edits.ts'
import { retryOf } from './build-retry.ts'
import type { BranchDraft, RouteDraft } from './checks/draft.ts'
import { isJson, jsonTemplate } from './json-template.ts'
import { parseRef } from './ref.ts'
import { parseRefTemplate } from './ref-template.ts'
import type { Draft } from './salvage.ts'
import type { ConditionOutput } from './schema/branch.ts'
import type { BranchFallbackSpec, BranchSpec, ConditionSpec, TextTemplate } from './spec-aggregate.ts'

/** Where something is wrong it is left out; see `buildPolicies`. `routeRetry` is for branches that say nothing. */
export const buildBranch = (name: string, draft: BranchDraft, routeRetry: RouteDraft['retry']): BranchSpec => ({
  name,
  service: draft.to ?? '',
  method: draft.method ?? 'GET',
  path: textOf(draft.path ?? ''),
  query: Object.entries(draft.query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, textOf(String(value))] as const],
  ),
  headers: Object.entries(draft.headers ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [[key.toLowerCase(), textOf(value)] as const],
  ),
  body: isJson(draft.body) ? jsonTemplate(draft.body) : undefined,
  required: draft.required ?? false,
  timeoutMs: draft.timeout ?? 0,
  retry: retryOf(draft.retry ?? routeRetry),
  fallback: fallbackOf(draft),
  when: Object.entries(draft.when ?? {}).flatMap(([key, value]) => conditionOf(key, value)),
  expect: statusesOf(draft.expect),
  maxBytes: draft.maxBytes ?? 0,
  edits: buildEdits(draft),
})

const textOf = (text: string): TextTemplate => parseRefTemplate(text).parts

const fallbackOf = ({ fallback, fallbackTo }: BranchDraft): BranchFallbackSpec | undefined => {
  if (fallbackTo !== undefined) return { kind: 'branch', branch: fallbackTo }
  return isJson(fallback) ? { kind: 'value', value: fallback } : undefined
}

const conditionOf = (key: string, draft: Draft<ConditionOutput> | undefined): ConditionSpec[] => {
  const parsed = parseRef(key)
  if ('message' in parsed || draft === undefined) return []
  const { ref } = parsed
  if (typeof draft !== 'object' || Array.isArray(draft)) return [{ ref, values: valuesOf(draft), not: false }]
  if (draft.not !== undefined) return [{ ref, values: valuesOf(draft.not), not: true }]
  return draft.exists === undefined ? [] : [{ ref, values: [], not: !draft.exists }]
}

type Value = ConditionSpec['values'][number]

const valuesOf = (draft: Value | readonly (Value | undefined)[]): Value[] =>
  (isList(draft) ? draft : [draft]).filter(value => value !== undefined)

const isList = <T>(value: T | readonly T[]): value is readonly T[] => Array.isArray(value)

const GOOD = [[200, 299]] as const

const statusesOf = (expect: BranchDraft['expect']): BranchSpec['expect'] => {
  if (expect === undefined) return GOOD
  return (Array.isArray(expect) ? expect : [expect]).flatMap(range =>
    range?.from === undefined || range.to === undefined ? [] : [[range.from, range.to] as const],
  )
}
