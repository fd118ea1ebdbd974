import { cycleIn, dependenciesOf } from '../branch-graph.ts'
import { buildAggregate } from '../build-aggregate.ts'
import { onRoute, type PlacedRoute, placeOf } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { showDuration } from '../units.ts'
import { branchMustExist, checkBranch, checkFallbackTo } from './branch.ts'
import { checkAnswered, checkPassed, checkSent, endingCredentials, identityHeaders } from './branch-headers.ts'
import { checkRefs } from './branch-refs.ts'
import { type AggregateDraft, type ConfigDraft, written } from './draft.ts'
import type { ProofOf } from './proof.ts'
import { checkShape } from './shape.ts'

/** Answers made of several: each part by itself, how they depend on each other, and what becomes of them. */
export const checkAggregates = (
  report: Report,
  draft: ConfigDraft,
  routes: readonly PlacedRoute[],
  proofOf: ProofOf,
): void => {
  const identity = identityHeaders(draft)
  for (const placed of routes) {
    const { aggregate } = placed.own
    if (aggregate === undefined) continue
    const path = [...placed.path, 'aggregate']
    const branches = Object.keys(aggregate.branches ?? {})
    const proof = proofOf(placed)
    const credentials = endingCredentials(draft, proof?.ways ?? [])
    const world = { report, placed, proof, branches, credentials }
    for (const [name, branch] of Object.entries(aggregate.branches ?? {})) {
      const at = [...path, 'branches', name]
      if (branch === undefined) continue
      checkBranch(report, at, branch, aggregate)
      checkFallbackTo(report, at, name, aggregate)
      checkSent(report, [...at, 'headers'], branch.headers, identity)
      checkRefs(world, at, name, branch)
    }
    checkWhole(report, placed, path, aggregate)
    checkPassed(report, [...path, 'passHeaders'], aggregate.passHeaders, identity, credentials)
  }
}

const checkWhole = (report: Report, placed: PlacedRoute, path: Path, aggregate: AggregateDraft): void => {
  checkNumber(report, path, aggregate)
  checkGraph(report, [...path, 'branches'], aggregate)
  checkShape(report, path, aggregate)
  checkAnswered(report, path, aggregate)
  checkTaken(report, [...path, 'takeHeaders'], aggregate)
  checkDeadline(report, placed, aggregate)
}

const MANY = 4

const checkNumber = (report: Report, path: Path, { branches, maxBranches }: AggregateDraft): void => {
  const number = Object.keys(branches ?? {}).length
  const at = [...path, 'branches']
  if (branches !== undefined && number === 0) report.add(at, 'needs at least one branch')
  if (maxBranches === undefined) return
  const hint = 'let a service put them together, or set "maxBranches" where that is meant'
  if (number > maxBranches) report.add(at, `are ${number}, more than ${maxBranches}`, { hint, on: 'key' })
  else if (number > MANY && written(report, path, ['maxBranches']).length === 0) {
    const message = `are ${number}: a request to this route becomes as many`
    report.add(at, message, { severity: 'warning', hint, on: 'key' })
  }
}

const checkGraph = (report: Report, path: Path, aggregate: AggregateDraft): void => {
  const { branches, shape, takeHeaders } = buildAggregate(aggregate, undefined)
  reportCycle(report, path, cycleIn(branches))
  if (shape.kind !== 'zip') return
  const zipped = [shape.list, ...shape.joins.map(({ branch }) => branch)]
  // A name that is wrong may mean any of them.
  if (zipped.length < 2 || !zipped.every(name => branches.some(branch => branch.name === name))) return
  const used = new Set([
    ...zipped,
    ...takeHeaders.map(({ branch }) => branch),
    ...branches.flatMap(branch => dependenciesOf(branch).filter(name => name !== branch.name)),
    ...branches.flatMap(({ fallback }) => (fallback?.kind === 'branch' ? [fallback.branch] : [])),
  ])
  for (const { name } of branches.filter(one => !used.has(one.name))) {
    const message = 'is asked for nothing: the shape "zip" does not name it'
    report.add([...path, name], message, { severity: 'warning', hint: 'add it to "joins", or leave it out', on: 'key' })
  }
}

/** Those that refer to themselves were told. */
const reportCycle = (report: Report, path: Path, cycle: readonly string[] = []): void => {
  const [first = '', second, ...more] = cycle
  if (second === undefined) return
  const way = [second, ...more, first].map(name => `"${name}"`).join(', then ')
  report.add([...path, first], `waits for itself: for ${way}`, { hint: 'leave out one of the references', on: 'key' })
}

const checkTaken = (report: Report, path: Path, { takeHeaders, branches }: AggregateDraft): void => {
  const known = Object.keys(branches ?? {})
  for (const [header, name] of Object.entries(takeHeaders ?? {})) {
    if (name !== undefined) branchMustExist(report, [...path, header], name, known)
  }
}

const checkDeadline = (report: Report, placed: PlacedRoute, { deadline = 0 }: AggregateDraft): void => {
  const { timeout = 0, cors } = placed.route
  if (timeout > 0 && timeout < deadline) {
    const at = onRoute(placed, 'timeout', placeOf(placed, 'timeout'))
    report.add(at, `ends before the deadline of the aggregate (${showDuration(deadline)})`, {
      severity: 'warning',
      hint: 'make it longer, or "deadline" shorter',
    })
  }
  if (cors !== 'pass') return
  report.add(
    onRoute(placed, 'cors', placeOf(placed, 'cors')),
    'needs "to": no service answers preflights of an aggregate',
    {
      hint: 'name the origins',
    },
  )
}
