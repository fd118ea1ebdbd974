import { type PlacedRoute, placeOf } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import type { Draft } from '../salvage.ts'
import type { FieldsOutput } from '../schema/fields.ts'
import type { Report } from '../source.ts'
import { written } from './draft.ts'

/** `fields` of a route, or of what it stands in. */
export const checkFields = (report: Report, placed: PlacedRoute): void => {
  const path = placeOf(placed, 'fields')
  if (written(report, path, ['pick', 'omit', 'rename']).length === 0)
    report.add(path, 'needs "pick", "omit" or "rename"')
  else checkEdits(report, path, placed.route.fields ?? {})
}

/** Edits that contradict each other, or do nothing. */
export const checkEdits = (report: Report, path: Path, { pick, omit, rename }: Draft<FieldsOutput>): void => {
  checkTwice(report, [...path, 'pick'], pick)
  checkTwice(report, [...path, 'omit'], omit)
  const taken = new Map<string, string>()
  for (const [from, to] of Object.entries(rename ?? {})) {
    if (to === undefined) continue
    const at = [...path, 'rename', from]
    const where = `${from.split('.').slice(0, -1).join('.')}.${to}`
    if (from.split('.').at(-1) === to) report.add(at, 'is what it is called already', { severity: 'warning' })
    if (taken.has(where)) report.add(at, `gets the same name as "${taken.get(where)}"`)
    taken.set(where, from)
  }
}

const checkTwice = (report: Report, path: Path, names: readonly (string | undefined)[] | undefined): void => {
  for (const [i, name] of (names ?? []).entries()) {
    if (name === undefined || names?.indexOf(name) === i) continue
    report.add([...path, i], `names ${report.show([...path, i], name)} twice`)
  }
}
