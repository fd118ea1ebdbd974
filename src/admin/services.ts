import { type Answer, json, problem } from './answer.ts'
import { parseObject } from './json-object.ts'

/** What operators see of a service; times in ms. */
export interface ServiceReport {
  readonly service: string
  readonly balance: string
  /** Null: it has none. */
  readonly breaker: BreakerReport | null
  readonly inFlight: number
  readonly queued: number
  readonly targets: readonly TargetReport[]
}

export interface BreakerReport {
  readonly state: 'closed' | 'open' | 'half-open'
  /** What an operator made of it, whatever its state. */
  readonly forced: 'open' | 'closed' | null
  /** Since it is in this state; null: since ever. */
  readonly forMs: number | null
  /** In its window. */
  readonly requests: number
  readonly failures: number
  readonly slow: number
}

export interface TargetReport {
  readonly url: string
  readonly weight: number
  readonly priority: number
  /** By active checks; true where there are none. */
  readonly healthy: boolean
  /** The last check; null: there was none. `at`: ms since the epoch. */
  readonly probe: {
    readonly ok: boolean
    readonly reason: string
    readonly at: number
    readonly tookMs: number
  } | null
  /** Null: it is not. `times`: how often it was, in all. */
  readonly ejected: { readonly reason: string; readonly forMs: number; readonly times: number } | null
  /** By an operator's wish. */
  readonly draining: boolean
  readonly breaker: BreakerReport | null
  readonly inFlight: number
  readonly connections: number
  /** Null: no request yet. */
  readonly latency: { readonly p50Ms: number | null; readonly p99Ms: number | null }
  /** By outcome. */
  readonly requests: Readonly<Record<string, number>>
}

export type BreakerWish = 'open' | 'closed' | 'auto'

export interface ServicesAdmin {
  list(): readonly ServiceReport[]
  /** One of them: what there is to say of thousands takes a while. */
  find(service: string): ServiceReport | undefined
  /** Of the service as a whole unless a target is named by its URL. False: there is no such breaker. */
  force(service: string, target: string | undefined, state: BreakerWish): boolean
  /** False: there is no such target. */
  drain(service: string, target: string, on: boolean): boolean
}

export const answerService = (services: ServicesAdmin, name: string): Answer => {
  const report = services.find(name)
  return report === undefined ? problem('NO_ROUTE', 'There is no such service; see /v1/services.') : json(report)
}

/** The service as it is then. */
export const answerForce = (services: ServicesAdmin, name: string, body: string): Answer => {
  const { state, target, ...more } = parseObject(body) ?? {}
  if (!isWish(state) || !(target === undefined || typeof target === 'string') || !isEmpty(more)) {
    return problem('BAD_REQUEST', FORCE_BODY)
  }
  if (services.force(name, target, state)) return answerService(services, name)
  return problem('NO_ROUTE', 'There is no such service or target, or it has no breaker; see /v1/services.')
}

/** The service as it is then. */
export const answerDrain = (services: ServicesAdmin, name: string, body: string): Answer => {
  const { target, drain, ...more } = parseObject(body) ?? {}
  if (typeof target !== 'string' || typeof drain !== 'boolean' || !isEmpty(more)) {
    return problem('BAD_REQUEST', DRAIN_BODY)
  }
  if (services.drain(name, target, drain)) return answerService(services, name)
  return problem('NO_ROUTE', 'There is no such service or target; see /v1/services.')
}

const FORCE_BODY =
  'The body must be a JSON object with "state": "open", "closed" or "auto", and for one target "target": its URL.'
const DRAIN_BODY = 'The body must be a JSON object with "target": a URL of the service, and "drain": true or false.'

const isWish = (value: unknown): value is BreakerWish => value === 'open' || value === 'closed' || value === 'auto'
const isEmpty = (members: object): boolean => Object.keys(members).length === 0
