import type { AggregateSpec, BranchSpec } from '../../spec/spec-aggregate.ts'
import type { MissingReason } from '../branch.ts'
import type { Plays } from './fake-services.ts'
import { reset } from './fake-services.ts'

/** What a branch of the model waits for and how its service answers. */
export interface Drawn {
  readonly spec: BranchSpec
  /** Positions of the branches it refers to. */
  readonly inputs: readonly number[]
  readonly plays: Plays
}

/** When and how a branch is over, were nobody to end the whole before. Ms since the beginning. */
export interface Course {
  /** Infinity: it never starts. */
  readonly start: number
  readonly settled: number
  readonly hasData: boolean
  readonly reason: MissingReason | null
  /** When it is cut off; Infinity: never. */
  readonly cut: number
}

const NEVER = Number.POSITIVE_INFINITY

/** Says anew, from the end, what `Schedule` finds out step by step. */
export const coursesOf = (drawn: readonly Drawn[], { deadlineMs }: AggregateSpec): readonly Course[] => {
  const known = new Map<number, Course>()
  const courseOf = (i: number): Course => {
    const course = known.get(i) ?? withFallback(drawn[i]!.spec, ownCourse(drawn[i]!))
    known.set(i, course)
    return course
  }
  const ownCourse = ({ spec, inputs, plays }: Drawn): Course => {
    const before = inputs.map(courseOf)
    const lost = before.filter(({ hasData }) => !hasData)
    const never = { start: NEVER, hasData: false, cut: NEVER } as const
    if (lost.length > 0) return { ...never, settled: Math.min(...lost.map(each => each.settled)), reason: 'skipped' }
    const start = Math.max(0, ...before.map(each => each.settled))
    if (start >= deadlineMs) return { ...never, settled: start, reason: 'timeout' }
    const cut = spec.timeoutMs === 0 ? deadlineMs : Math.min(deadlineMs, start + spec.timeoutMs)
    const { reason, takes } = endOf(plays)
    if (start + takes > cut) return { start, settled: cut, hasData: false, reason: 'timeout', cut }
    return { start, settled: start + takes, hasData: reason === null, reason, cut: NEVER }
  }
  const withFallback = ({ fallback }: BranchSpec, own: Course): Course => {
    if (own.reason === null || fallback === undefined) return own
    if (fallback.kind === 'value') return { ...own, hasData: true }
    const other = courseOf(drawn.findIndex(({ spec }) => spec.name === fallback.branch))
    return { ...own, hasData: other.hasData, settled: Math.max(own.settled, other.settled) }
  }
  return drawn.map((_, i) => courseOf(i))
}

const endOf = ({
  after = 0,
  bodyAfter = 0,
  fault,
  status = 200,
  body,
  breaks,
}: Plays): { reason: MissingReason | null; takes: number } => {
  if (fault !== undefined) return { reason: fault === reset ? 'connect' : 'invalid', takes: after }
  if (status >= 300) return { reason: 'status', takes: after }
  const takes = after + bodyAfter
  if (breaks !== undefined) return { reason: 'connect', takes }
  return { reason: body === 'garbage' ? 'invalid' : null, takes }
}
