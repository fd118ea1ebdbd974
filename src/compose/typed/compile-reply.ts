import { Fault } from '../../base/errors.ts'
import type { Complain } from '../../core/code/complaints.ts'
import { jsonText } from '../../core/code/json-text.ts'
import { RequestFacts } from '../../core/code/request-facts.ts'
import type { TypedParts } from '../../core/code/typed-parts.ts'
import { isThenable } from '../../core/maybe.ts'
import { type DropField, isIdentityField } from '../../http1/serialize.ts'
import type { AggregateSpec } from '../../spec/spec-aggregate.ts'
import type { BranchResult } from '../branch.ts'
import type { Compose } from '../compose.ts'
import { compileMeta, META } from '../shape/meta.ts'
import { budgetUntil } from './budget.ts'
import { CheckedData } from './checked-data.ts'
import { plainData } from './plain-data.ts'
import { ReplyRun } from './reply-run.ts'
import type { LeftOut, Missing, Ok, OkOrFell } from './results.ts'

export interface ReplyWorld {
  after(ms: number, callback: () => void): () => void
  /** Ms, as the clock, but moving on while code runs. */
  truly(): number
  /** Fields that only the gateway may send; those that always are unless given. */
  readonly dropField?: DropField
}

type Reply = NonNullable<TypedParts['reply']>

/** What goes wrong is told here, and thrown as a Fault without a word about it. */
export const compileReply = (spec: AggregateSpec, reply: Reply, world: ReplyWorld, complain: Complain): Compose => {
  const { after, truly, dropField = isIdentityField } = world
  const names = spec.branches.map(({ name }) => name)
  const fallbacks = spec.branches.map(({ fallback }) => fallback !== undefined)
  const meta = spec.meta ? compileMeta(names) : null
  const writer =
    (results: readonly BranchResult[]) =>
    (value: unknown): Buffer =>
      meta === null ? Buffer.from(jsonText(value)) : withMeta(value, meta(results))
  return (results, x, endsAt) => {
    const request = new RequestFacts(x, dropField)
    const failed = (error: unknown): Fault => {
      complain('the reply of an aggregate failed', { error, requestId: x.requestId })
      return new Fault('INTERNAL')
    }
    const budget = budgetUntil(endsAt, truly)
    const write = writer(results)
    try {
      const value = reply(givenOf(names, results, fallbacks), request)
      if (isThenable(value)) return new ReplyRun(value, { request, budget, after, write, failed })
      const body = write(value)
      budget.check()
      request.close()
      return body
    } catch (error) {
      request.close()
      throw failed(error)
    }
  }
}

const givenOf = (names: readonly string[], results: readonly BranchResult[], fallbacks: readonly boolean[]): object => {
  const given: Record<string, unknown> = {}
  for (const [i, name] of names.entries()) given[name] = resultOf(results[i]!, fallbacks[i]!)
  return given
}

const LEFT_OUT: LeftOut = Object.freeze({ ok: false, reason: 'left out', status: 0, afterMs: 0 })

const resultOf = (result: BranchResult, hasFallback: boolean): Ok<unknown> | OkOrFell<unknown> | Missing | LeftOut => {
  if (result.kind === 'left out') return LEFT_OUT
  if (result.kind === 'missing') {
    const { reason, status, afterMs } = result
    return { ok: false, reason, status, afterMs }
  }
  const { status, missing } = result
  const data = result instanceof CheckedData ? result.value : plainData(result)
  return hasFallback ? { ok: true, data, status, fell: missing !== null } : { ok: true, data, status }
}

/** The same `_meta` as the declared shapes write, behind the members that `reply` made. */
const withMeta = (value: unknown, meta: string): Buffer => {
  const text = jsonText(value)
  if (!text.startsWith('{')) throw new TypeError('"meta" is set, but the answer is no object')
  if (Object.hasOwn(JSON.parse(text), META)) throw new TypeError(`"meta" is set, but the answer has a member "${META}"`)
  const before = text === '{}' ? '{' : text.slice(0, -1) + ','
  return Buffer.from(`${before}${JSON.stringify(META)}:${meta}}`)
}
