import type { Json } from '../base/json.ts'
import type { Call } from '../core/policy.ts'
import { dependenciesOf } from '../spec/branch-graph.ts'
import type { AggregateSpec, BranchSpec, ConditionSpec } from '../spec/spec-aggregate.ts'
import { type Ask, compileAsk } from './branch-ask.ts'
import { compileConditions, type Holds } from './condition.ts'
import { compileEdits, type Edit } from './json/edit.ts'
import { itemOf } from './partial.ts'
import type { Resolve } from './references.ts'
import { twinsOf } from './same-request.ts'
import { type Accepts, compileAccepts } from './shape/accepts.ts'
import type { Wanted } from './sub-request.ts'
import type { Check } from './typed/check.ts'

/** One branch as compiled. Other branches are told by their place in the order of writing. */
export interface BranchPlan {
  readonly index: number
  readonly name: string
  /** Its name in `Sallyport-Partial`. */
  readonly item: string
  readonly method: string
  readonly required: boolean
  /** 0: that of the whole. */
  readonly timeoutMs: number
  readonly maxBytes: number
  expects(status: number): boolean
  /** What is wanted of the request; where others may ask the same, by any of them. */
  readonly wanted: Wanted
  /** See same-request.ts. */
  readonly twin: number
  /** Those it waits for. */
  readonly inputs: readonly number[]
  /** Those of them whose data goes into what it asks for; the others are in its conditions alone. */
  readonly needs: readonly number[]
  /** Conditions that the request alone decides, and those that look at other branches. */
  readonly early: Holds | null
  readonly late: Holds | null
  readonly ask: Ask
  /** Null: its data is passed on as it came. */
  readonly edit: Edit | null
  /** What its schema makes of its data. Null: it has none. */
  readonly check: Check | null
  /** Whether its data fits the shape of the whole. Null: whatever it is. */
  readonly accepts: Accepts | null
  readonly fallback: FallbackPlan | null
}

export type FallbackPlan =
  | { readonly kind: 'value'; readonly text: Buffer; json(): Json }
  | { readonly kind: 'branch'; readonly index: number }

export const compileBranches = (
  { branches, shape, takeHeaders }: AggregateSpec,
  calls: ReadonlyMap<string, Call>,
  resolve: Resolve,
  checks: readonly (Check | null)[] = [],
): readonly BranchPlan[] => {
  const names = branches.map(({ name }) => name)
  const twins = twinsOf(branches)
  const placesOf = (of: readonly string[]): readonly number[] => of.map(name => names.indexOf(name))
  return branches.map((spec, index) => {
    const twin = twins[index]!
    const alike = branches.filter((_, i) => i === index || (twin >= 0 && twins[i] === twin))
    return {
      index,
      name: spec.name,
      item: itemOf(spec.name),
      method: spec.method,
      required: spec.required,
      timeoutMs: spec.timeoutMs,
      maxBytes: spec.maxBytes,
      expects: compileExpects(spec.expect),
      wanted: wantedOf(callOf(calls, spec.name), alike, takeHeaders),
      twin,
      inputs: placesOf(dependenciesOf(spec)),
      needs: placesOf(dependenciesOf({ ...spec, when: [] })),
      early: compileConditions(
        spec.when.filter(each => !looksAtBranch(each)),
        resolve,
      ),
      late: compileConditions(spec.when.filter(looksAtBranch), resolve),
      ask: compileAsk(spec, resolve),
      edit: compileEdits(spec.edits),
      check: checks[index] ?? null,
      accepts: compileAccepts(shape, spec.name),
      fallback: compileFallback(spec.fallback, names),
    }
  })
}

const looksAtBranch = ({ ref }: ConditionSpec): boolean => ref.source === 'branches'

const callOf = (calls: ReadonlyMap<string, Call>, name: string): Call => {
  const call = calls.get(name)
  if (call === undefined) throw new Error(`branch "${name}" has nothing to call`)
  return call
}

const wantedOf = (call: Call, alike: readonly BranchSpec[], takeHeaders: AggregateSpec['takeHeaders']): Wanted => ({
  call,
  expects: compileExpects(alike.flatMap(({ expect }) => expect)),
  maxBytes: Math.max(...alike.map(({ maxBytes }) => maxBytes)),
  takes: [
    ...new Set(takeHeaders.filter(({ branch }) => alike.some(each => each.name === branch)).map(({ name }) => name)),
  ],
})

const compileExpects = (ranges: BranchSpec['expect']): ((status: number) => boolean) => {
  const [only] = ranges
  if (ranges.length === 1 && only !== undefined) return status => status >= only[0] && status <= only[1]
  return status => ranges.some(([from, to]) => status >= from && status <= to)
}

const compileFallback = (spec: BranchSpec['fallback'], names: readonly string[]): FallbackPlan | null => {
  if (spec === undefined) return null
  if (spec.kind === 'branch') return { kind: 'branch', index: names.indexOf(spec.branch) }
  const { value } = spec
  return { kind: 'value', text: Buffer.from(JSON.stringify(value)), json: () => value }
}
