import type { Path } from '../problem.ts'
import type { Draft } from '../salvage.ts'
import type { RouteOutput } from '../schema/routes.ts'
import type { CheckedConfig } from '../schema.ts'
import { type Report, samePath, valueAt } from '../source.ts'
import { didYouMean } from '../suggest.ts'

/** Whatever of the configuration could be parsed. */
export type ConfigDraft = Draft<CheckedConfig>
/** A route, or a group of them, as it is written. */
export type WrittenRoute = Draft<RouteOutput>
export type FrontendDraft = Draft<NonNullable<CheckedConfig['frontends']>[string]>
type Declinable = 'access' | 'rateLimit' | 'cors' | 'ip' | 'fields'
/** A route with what it inherits. What it declined to inherit is not there. */
export type RouteDraft = Omit<WrittenRoute, Declinable> & {
  readonly [K in Declinable]?: Exclude<WrittenRoute[K], 'none'>
}
export type AggregateDraft = NonNullable<RouteDraft['aggregate']>
export type BranchDraft = NonNullable<NonNullable<AggregateDraft['branches']>[string]>
export type WayDraft = Draft<CheckedConfig['auth'][string]>
export type JwtDraft = NonNullable<WayDraft['jwt']>
export type ServiceDraft = Draft<CheckedConfig['services'][string]>

/** Which of `keys` were written at `path`, whether or not their values are right. */
export const written = (report: Report, path: Path, keys: readonly string[]): string[] => {
  const value = valueAt(report.source.document, path)
  return typeof value === 'object' && value !== null ? keys.filter(key => Object.hasOwn(value, key)) : []
}

/** Reports unless exactly one of `keys` was written. */
export const exactlyOne = (report: Report, path: Path, keys: readonly string[], choices: string): void => {
  const [first, ...tooMany] = written(report, path, keys)
  if (first === undefined && !someMistyped(report, path, keys)) report.add(path, `needs one of ${choices}`)
  for (const key of tooMany) report.add([...path, key], `only one of ${choices} can be given`, { on: 'key' })
}

/** Reports those of `keys` that were written: what they are about is not there. */
export const reportUnused = (report: Report, path: Path, keys: readonly string[], message: string): void => {
  for (const key of written(report, path, keys)) report.add([...path, key], message, { on: 'key' })
}

/** Then the unknown key was reported, with what was meant. */
const someMistyped = (report: Report, path: Path, keys: readonly string[]): boolean =>
  report.problems.some(
    problem =>
      problem.path.length === path.length + 1 &&
      samePath(problem.path.slice(0, -1), path) &&
      keys.some(key => problem.hint === didYouMean(key, [key])),
  )
