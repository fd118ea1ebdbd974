import { Fault } from '../../base/errors.ts'
import { createComplaints } from '../../core/code/complaints.ts'
import { isResponded, type RespondOptions, replyOf, respond } from '../../core/code/respond.ts'
import type { PluginCode, TypedPartsOf } from '../../core/code/typed-parts.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Gate, Shape, Tap } from '../../core/flow.ts'
import { isThenable } from '../../core/maybe.ts'
import type { Policy } from '../../core/policy.ts'
import type { Clock, Log, Meter } from '../../core/ports.ts'
import { faultReply, type Reply } from '../../core/reply.ts'
import type { PluginPart, PluginSpec } from '../../spec/spec-policies.ts'
import { PARTS } from './define-plugin.ts'
import { GateRun } from './gate-run.ts'
import type { PluginSummary } from './plugin.ts'
import { notesOf, type Refused, RequestNotes } from './request-notes.ts'
import { ResponseHead } from './response-head.ts'

export interface PluginWorld {
  readonly typed: TypedPartsOf
  readonly refused: Refused
  readonly meter: Meter
  readonly log: Log
  readonly clock: Clock
  /** Ms, as the clock, but moving on while code runs. */
  readonly truly: () => number
  readonly after: (ms: number, callback: () => void) => () => void
}

/** Tells what went wrong in a part, counts it, and gives what the client is told. */
type Failed = (part: PluginPart, error: unknown, x: Exchange) => Fault

/**
 * The plugins of one route, as policies in their order. Whatever their code does costs the one request. Throws one
 * sentence where the code is not that of this Spec.
 */
export const pluginPolicies = (plugins: readonly PluginSpec[], route: string, world: PluginWorld): Policy[] => [
  ...plugins.map(plugin => pluginPolicy(plugin, route, world)),
  { name: 'plugins', tap: closeNotes },
]

/** Behind all taps: nothing of a head may be read once its table holds another. */
const closeNotes = ({ pluginNotes, cancelled }: Exchange): void => {
  if (pluginNotes instanceof RequestNotes) pluginNotes.close(cancelled !== null)
}

const pluginPolicy = (spec: PluginSpec, route: string, world: PluginWorld): Policy => {
  const { name, parts } = spec
  const code = world.typed(spec.typed).plugin
  if (code === undefined || PARTS.some(part => parts.includes(part) !== (code[part] !== null)))
    throw new Error(`${route}: the code of plugin "${name}" is another each time it is evaluated`)
  const failed = failures(spec, route, world)
  const { gate, shape, tap } = code
  return {
    name: `plugin ${name}`,
    ...(gate === null ? {} : { gate: gateOf(gate, spec, failed, world) }),
    ...(shape === null ? {} : { shape: shapeOf(shape, failed, world) }),
    ...(tap === null ? {} : { tap: tapOf(tap, failed, world) }),
  }
}

const failures = ({ name, parts }: PluginSpec, route: string, { meter, log, clock }: PluginWorld): Failed => {
  const complain = createComplaints(log, clock, route)
  const counters = new Map(
    parts.map(part => [part, meter.counter('sallyport_plugin_errors_total', { plugin: name, part })]),
  )
  return (part, error, { requestId }) => {
    counters.get(part)?.add(1)
    complain(`the ${part} of plugin "${name}" failed`, { error, requestId })
    return new Fault('INTERNAL')
  }
}

type Code<Part extends PluginPart> = NonNullable<PluginCode[Part]>

const gateOf = (gate: Code<'gate'>, { budgetMs }: PluginSpec, failed: Failed, world: PluginWorld): Gate => {
  const { refused, truly, after } = world
  const overrun = (): Error => new Error(`it took longer than the ${budgetMs} ms it has`)
  const fail = (error: unknown, x: Exchange): Reply => faultReply(failed('gate', error, x))
  const answered = (value: unknown, endsAt: number, x: Exchange): Reply | undefined => {
    try {
      const reply = written(value)
      // One that does not give the thread back is done before any timer can fire.
      return truly() > endsAt ? fail(overrun(), x) : reply
    } catch (error) {
      return fail(error, x)
    }
  }
  return x => {
    const notes = notesOf(x, refused)
    const endsAt = truly() + budgetMs
    notes.open = true
    try {
      const value = gate(notes)
      if (isThenable(value)) {
        return new GateRun(x, notes, {
          answered: given => answered(given, endsAt, x),
          failed: error => fail(error, x),
          overrun,
        }).start(value, Math.max(0, endsAt - truly()), after)
      }
      notes.open = false
      return answered(value, endsAt, x)
    } catch (error) {
      notes.open = false
      return fail(error, x)
    }
  }
}

/** Throws where it is no answer. */
const written = (value: unknown): Reply | undefined => {
  if (value === undefined) return undefined
  if (isResponded(value)) return replyOf(value)
  if (!isReply(value)) throw new TypeError('a gate gives nothing, or an answer: { status, headers, json }')
  return replyOf(respond(value))
}

/** What is in it besides, `respond` judges. */
const isReply = (value: unknown): value is RespondOptions =>
  typeof value === 'object' && value !== null && 'status' in value && value.status !== undefined

const shapeOf =
  (shape: Code<'shape'>, failed: Failed, { refused }: PluginWorld): Shape =>
  (x, reply) => {
    const notes = notesOf(x, refused)
    if (notes.hasFailed(shape)) return
    const response = new ResponseHead(reply)
    try {
      const given = shape(notes, response)
      if (isThenable(given)) throw waits(given)
    } catch (error) {
      notes.fail(shape)
      throw failed('shape', error, x)
    } finally {
      response.close()
    }
  }

/** What becomes of it is no news: that it waits was told. */
const waits = (pending: PromiseLike<unknown>): TypeError => {
  Promise.resolve(pending).catch(() => {})
  return new TypeError('shape must not wait: the answer is on its way')
}

const tapOf =
  (tap: Code<'tap'>, failed: Failed, { refused, clock }: PluginWorld): Tap =>
  (x, reply) => {
    try {
      const given = tap(notesOf(x, refused), summaryOf(x, reply, clock))
      if (isThenable(given)) Promise.resolve(given).catch((error: unknown) => failed('tap', error, x))
    } catch (error) {
      failed('tap', error, x)
    }
  }

const summaryOf = (x: Exchange, { status }: Reply, clock: Clock): PluginSummary => ({
  status: status === 0 ? 499 : status,
  ms: clock.now() - x.startedAt,
  bytesIn: x.bytesIn,
  bytesOut: x.bytesOut,
  code: x.fault?.code ?? '',
})
