import type { BranchDraft } from './checks/draft.ts'
import type { Draft } from './salvage.ts'
import type { FieldsOutput } from './schema/fields.ts'
import type { JsonEditSpec } from './spec-aggregate.ts'
import type { FieldsSpec } from './spec-policies.ts'

/** In this order, whatever the order of writing; names in `pick`, `omit` and `rename` are those before renaming. */
const buildFieldEdits = ({ pick, omit, rename }: Draft<Omit<FieldsOutput, 'otherContent'>>): JsonEditSpec[] => {
  const names = Object.entries(rename ?? {}).flatMap(([from, to]) => (to === undefined ? [] : [[from, to] as const]))
  return [
    ...(pick === undefined ? [] : [{ kind: 'pick', paths: defined(pick) } as const]),
    ...(omit === undefined ? [] : [{ kind: 'omit', paths: defined(omit) } as const]),
    ...(names.length === 0 ? [] : [{ kind: 'rename', names } as const]),
  ]
}

/** Undefined: it edits nothing. Where something is wrong it is the strictest. */
export const buildFields = (draft: Draft<FieldsOutput> | undefined): FieldsSpec | undefined => {
  const edits = buildFieldEdits(draft ?? {})
  return edits.length === 0 ? undefined : { edits, otherContent: draft?.otherContent ?? 'refuse' }
}

export const buildEdits = (branch: BranchDraft): JsonEditSpec[] => [
  ...(branch.unwrap === undefined ? [] : [{ kind: 'unwrap', path: branch.unwrap } as const]),
  ...buildFieldEdits(branch),
  ...(branch.wrap === undefined ? [] : [{ kind: 'wrap', name: branch.wrap } as const]),
]

const defined = (items: readonly (string | undefined)[]): string[] => items.filter(item => item !== undefined)
