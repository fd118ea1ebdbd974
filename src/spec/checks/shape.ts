import type { Json } from '../../base/json.ts'
import { isJson } from '../json-template.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { listWords } from '../suggest.ts'
import { branchMustExist } from './branch.ts'
import { type AggregateDraft, type BranchDraft, exactlyOne } from './draft.ts'

/** How the data of the branches become one body, and whether they can. `path`: of the aggregate. */
export const checkShape = (report: Report, path: Path, aggregate: AggregateDraft): void => {
  const { shape, branches = {}, meta } = aggregate
  const at = [...path, 'shape']
  const kind = shapeKind(aggregate)
  if (typeof shape === 'object') {
    exactlyOne(report, at, ['merge', 'zip'], '"merge" or "zip"')
    if (shape.zip !== undefined) checkZip(report, [...at, 'zip'], shape.zip, aggregate)
  }
  if (meta === true && kind !== 'object' && kind !== 'merge') {
    report.add([...path, 'meta'], 'needs an object, in which it is a member', {
      hint: 'use the shape "object" or "merge"',
      on: 'key',
    })
  }
  if (kind === 'merge' && conflictsOf(aggregate) === 'error') warnOfConflicts(report, [...path, 'branches'], branches)
  checkFallbacks(report, [...path, 'branches'], aggregate, kind)
}

const shapeKind = ({ shape }: AggregateDraft): string =>
  typeof shape === 'object' ? (shape.zip === undefined ? 'merge' : 'zip') : (shape ?? 'object')

const conflictsOf = ({ shape }: AggregateDraft): string =>
  typeof shape === 'object' ? (shape.merge?.conflicts ?? 'error') : 'error'

type Branches = NonNullable<AggregateDraft['branches']>
type ZipDraft = NonNullable<Exclude<AggregateDraft['shape'], string | undefined>['zip']>

const checkZip = (report: Report, path: Path, zip: ZipDraft, { branches = {} }: AggregateDraft): void => {
  const names = Object.keys(branches)
  if (zip.list !== undefined) branchMustExist(report, [...path, 'list'], zip.list, names)
  const taken = new Set<string>()
  for (const [i, join] of (zip.joins ?? []).entries()) {
    const at = [...path, 'joins', i]
    const known = join?.branch === undefined || branchMustExist(report, [...at, 'branch'], join.branch, names)
    if (known && join?.branch !== undefined && join.branch === zip.list) {
      report.add([...at, 'branch'], 'is the list itself', { hint: 'name another branch' })
    }
    if (join?.as === undefined) continue
    if (taken.has(join.as))
      report.add([...at, 'as'], `${report.show([...at, 'as'], join.as)} is the name of another one`)
    taken.add(join.as)
  }
}

/** What is known of the members of a branch's data; undefined: nothing. */
const membersOf = ({ pick, rename, wrap }: BranchDraft): readonly string[] | undefined => {
  if (wrap !== undefined) return [wrap]
  return pick?.flatMap(path => {
    const [first] = path?.split('.') ?? []
    return first === undefined ? [] : [rename?.[first] ?? first]
  })
}

/** Whether any name of a member does, which then are not shown. */
const comeFromOutside = (report: Report, path: Path, branch: BranchDraft | undefined): boolean =>
  [
    [...path, 'wrap'],
    ...Object.keys(branch?.pick ?? []).map(i => [...path, 'pick', Number(i)]),
    ...Object.keys(branch?.rename ?? {}).map(from => [...path, 'rename', from]),
  ].some(report.source.fromOutside)

const warnOfConflicts = (report: Report, path: Path, branches: Branches): void => {
  const taken = new Map<string, string>()
  for (const [name, branch] of Object.entries(branches)) {
    const members = branch === undefined ? undefined : membersOf(branch)
    const twice = members?.filter(member => taken.has(member)) ?? []
    for (const member of members ?? []) if (!taken.has(member)) taken.set(member, name)
    if (twice.length === 0) continue
    const [first = ''] = twice
    const at = [...path, name]
    const which = comeFromOutside(report, at, branch)
      ? 'a member'
      : listWords(
          [...new Set(twice)].map(one => `"${one}"`),
          'and',
        )
    report.add(at, `has ${which} like "${taken.get(first)}", which is an error when both answer`, {
      severity: 'warning',
      hint: 'leave out or rename one, or set "shape: { merge: { conflicts: first } }"',
      on: 'key',
    })
  }
}

/** What stands in for data must have the form that the shape needs. */
const checkFallbacks = (report: Report, path: Path, { branches = {}, shape }: AggregateDraft, kind: string): void => {
  const zip = typeof shape === 'object' ? shape.zip : undefined
  const inZip = new Set([zip?.list, ...(zip?.joins ?? []).map(join => join?.branch)])
  for (const [name, branch] of Object.entries(branches)) {
    const value = branch?.fallback
    const wants =
      kind === 'merge' ? 'map' : kind === 'flatten' || (kind === 'zip' && inZip.has(name)) ? 'list' : undefined
    if (wants === undefined || !isJson(value) || (wants === 'list' ? Array.isArray(value) : isObject(value))) continue
    report.add([...path, name, 'fallback'], `must be a ${wants}, as the shape "${kind}" needs it`)
  }
}

const isObject = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)
