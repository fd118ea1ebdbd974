import { buildBranch } from './build-branch.ts'
import type { AggregateDraft, RouteDraft } from './checks/draft.ts'
import type { AggregateSpec, JoinSpec, ShapeSpec } from './spec-aggregate.ts'
import type { TypedSpec } from './spec-typed.ts'

/** Where something is wrong it is left out; see `buildPolicies`. */
export const buildAggregate = (
  draft: AggregateDraft,
  routeRetry: RouteDraft['retry'],
  typed: TypedSpec | undefined = undefined,
): AggregateSpec => ({
  kind: 'aggregate',
  deadlineMs: draft.deadline ?? 0,
  branches: Object.entries(draft.branches ?? {}).flatMap(([name, branch]) =>
    branch === undefined ? [] : [buildBranch(name, branch, routeRetry)],
  ),
  shape: buildShape(draft.shape),
  meta: draft.meta ?? false,
  whenEmpty: draft.whenEmpty ?? 'error',
  maxBytes: draft.maxBytes ?? 0,
  passHeaders: [...new Set((draft.passHeaders ?? []).flatMap(name => name?.toLowerCase() ?? []))],
  headers: Object.entries(draft.headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), value] as const],
  ),
  takeHeaders: Object.entries(draft.takeHeaders ?? {}).flatMap(([name, branch]) =>
    branch === undefined ? [] : [{ branch, name: name.toLowerCase() }],
  ),
  typed,
})

const buildShape = (shape: AggregateDraft['shape']): ShapeSpec => {
  if (shape === undefined) return { kind: 'object' }
  if (typeof shape === 'string') return shape === 'merge' ? { kind: shape, conflicts: 'error' } : { kind: shape }
  const { merge, zip } = shape
  if (zip === undefined) return { kind: 'merge', conflicts: merge?.conflicts ?? 'error' }
  return { kind: 'zip', list: zip.list ?? '', key: zip.key ?? '', joins: (zip.joins ?? []).flatMap(buildJoin) }
}

type JoinDraft = Partial<Record<keyof JoinSpec, string | undefined>> | undefined

const buildJoin = (join: JoinDraft): JoinSpec[] =>
  join?.branch === undefined || join.key === undefined || join.as === undefined
    ? []
    : [{ branch: join.branch, key: join.key, as: join.as }]
