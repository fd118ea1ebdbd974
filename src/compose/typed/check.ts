import type { Complain } from '../../core/code/complaints.ts'
import type { Validate, Validated } from '../../core/code/typed-parts.ts'
import { isThenable, type Maybe } from '../../core/maybe.ts'
import type { BranchData, BranchMissing } from '../branch.ts'
import { CheckedData } from './checked-data.ts'
import { plainData } from './plain-data.ts'

/**
 * What a branch's schema says of its data. Null: it takes its time, and `done` is called once it is known. Never throws.
 */
export type Check = (
  data: BranchData,
  done: (result: BranchData | BranchMissing) => void,
) => BranchData | BranchMissing | null

/** `written`: what the schema makes of it must be JSON, since the answer is made of it. */
export const compileCheck = (branch: string, validate: Validate, written: boolean, complain: Complain): Check => {
  const failed = (data: BranchData, error: unknown): BranchMissing => {
    complain(`the schema of branch "${branch}" failed`, { error })
    return invalid(data)
  }
  const judged = (data: BranchData, validated: Validated): BranchData | BranchMissing => {
    try {
      if (validated.issues !== undefined) {
        complain(`an answer of branch "${branch}" does not fit its schema`, { at: placeOf(validated.issues[0]?.path) })
        return invalid(data)
      }
      const checked = new CheckedData(validated.value, data)
      // Now, and not when the answer is being made.
      if (written) void checked.text
      return checked
    } catch (error) {
      return failed(data, error)
    }
  }
  return (data, done) => {
    let validated: Maybe<Validated>
    try {
      validated = validate(plainData(data))
      if (!isThenable(validated)) return judged(data, validated)
    } catch (error) {
      return failed(data, error)
    }
    Promise.resolve(validated).then(
      result => done(judged(data, result)),
      (error: unknown) => done(failed(data, error)),
    )
    return null
  }
}

const invalid = ({ status, afterMs }: BranchData): BranchMissing => ({
  kind: 'missing',
  reason: 'invalid',
  status,
  afterMs,
  fault: null,
})

/** Names of members that a schema has. Anything else may be a stranger's, and is told apart by nothing. */
const NAME = /^[\w-]{1,40}$/

const placeOf = (path: readonly unknown[] | undefined): string =>
  (path ?? [])
    .slice(0, 10)
    .map(step => nameOf(step))
    .join('.')

const nameOf = (step: unknown): string => {
  const key = typeof step === 'object' && step !== null && 'key' in step ? step.key : step
  if (typeof key === 'number') return '*'
  return typeof key === 'string' && NAME.test(key) ? key : '?'
}
