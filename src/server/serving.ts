import { idSource } from '../base/ids.ts'
import { now } from '../base/turn.ts'
import { Wheel } from '../base/wheel.ts'
import { leanWorks } from '../base/wire.ts'
import type { Clock, Log, Meter } from '../core/ports.ts'
import type { AccessSink, Provisions, Serving } from '../core/serving.ts'
import type { Way } from '../policies/way.ts'
import { compile } from '../runtime/compile.ts'
import { Gateway } from '../runtime/gateway.ts'
import { Keep } from '../runtime/keep.ts'
import type { Plan } from '../runtime/plan.ts'
import type { World } from '../runtime/world.ts'
import type { GatewaySpec, ListenerSpec } from '../spec/spec.ts'
import { sharedTime } from '../store/shared-time.ts'
import type { TargetState } from '../upstream/target.ts'
import type { Front } from './front.ts'
import { headPool } from './head-pool.ts'
import { Listener, listenerKey } from './listener.ts'

export interface ServingOptions {
  readonly log: Log
  /** Gets finished requests while the Spec has an access log. */
  readonly accessLog: AccessSink | null
  readonly worker: number
  readonly workers: number
  /** Share the port with other workers. */
  readonly reusePort: boolean
  readonly clock?: Clock
  readonly tickMs?: number
  /** Called on every tick of the one timer that drives all timeouts. */
  readonly onTick?: () => void
  /** Forbids the undocumented ways to a socket (base/wire.ts); otherwise a self-test decides. */
  readonly plainSockets?: boolean
}

export interface ListeningServing extends Serving {
  /** What is bound, with real port numbers. */
  addresses(): { name: string; host: string; port: number }[]
}

interface Prepared {
  readonly plan: Plan
  readonly spec: GatewaySpec
  readonly fresh: Map<string, Listener>
}

const systemClock: Clock = { now, wall: () => Date.now() }
/** Between looking whether all connections are gone. */
const DRAIN_POLL_MS = 25
/** Idle connections get this long to show that a request is on its way. */
const READ_TURN_MS = 250

/** One worker's data plane: listeners, connections, the gateway, and the timer they share. */
export const createServing = (options: ServingOptions): ListeningServing => {
  const clock = options.clock ?? systemClock
  const wheel = new Wheel(
    () => clock.now(),
    options.tickMs ?? 200,
    error => {
      options.log.error('a timer failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    },
  )
  const shared = sharedTime(clock)
  const connections: Front['connections'] = new Set()
  const listeners = new Map<string, Listener>()
  const heads = headPool()
  const nextId = idSource()
  const targets = new Keep<TargetState>(state => state.close())
  const ways = new Keep<Way>(way => way.close())
  let lean: boolean | null = options.plainSockets ? false : null
  let gateway: Gateway | null = null
  let prepared: Prepared | null = null
  let dateLine = makeDateLine(clock)

  const timer = setInterval(() => {
    wheel.advance()
    dateLine = makeDateLine(clock)
    options.onTick?.()
  }, options.tickMs ?? 200)

  const frontOf = (spec: ListenerSpec, meter: Meter, live: () => Gateway): Front => ({
    spec,
    get gateway() {
      return live()
    },
    clock,
    wheel,
    heads,
    open: meter.gauge('sallyport_connections', { listener: spec.name }),
    accepted: meter.counter('sallyport_connections_total', { listener: spec.name }),
    connections,
    nextId,
    dateLine: () => dateLine,
    draining: false,
  })

  const bindNew = async (spec: GatewaySpec, meter: Meter): Promise<Map<string, Listener>> => {
    const fresh = new Map<string, Listener>()
    try {
      for (const listener of spec.listeners) {
        const key = listenerKey(listener)
        if (listeners.has(key)) continue
        const front = frontOf(listener, meter, () => gateway!)
        fresh.set(key, await Listener.bind(front, { reusePort: options.reusePort, lean: lean === true }))
      }
    } catch (error) {
      for (const listener of fresh.values()) listener.close()
      throw error
    }
    return fresh
  }

  const prepare = async (spec: GatewaySpec, provisions: Provisions): Promise<void> => {
    lean ??= await leanWorks()
    const { meter } = provisions
    const world: World = {
      ...provisions,
      clock,
      wheel,
      lean,
      log: options.log,
      accessLog: options.accessLog,
      targets,
      ways,
      worker: options.worker,
      sharedNow: shared.now,
      after,
      every,
      truly: () => performance.now(),
      random: Math.random,
    }
    const plan = compile(spec, world)
    try {
      const fresh = await bindNew(spec, meter)
      prepared = { plan, spec, fresh }
      gateway ??= new Gateway(plan, options.log, meter.gauge('sallyport_requests_in_flight'))
    } catch (error) {
      plan.release()
      throw error
    }
  }

  const commit = (): void => {
    if (prepared === null || gateway === null) throw new Error('commit without prepare')
    const { plan, spec, fresh } = prepared
    prepared = null
    if (gateway.plan !== plan) gateway.swap(plan)
    for (const [key, listener] of fresh) listeners.set(key, listener)
    const wanted = new Map(spec.listeners.map(listener => [listenerKey(listener), listener]))
    for (const [key, listener] of listeners) {
      const next = wanted.get(key)
      if (next !== undefined) listener.open(next)
      else {
        listeners.delete(key)
        listener.close()
      }
    }
  }

  const abort = async (): Promise<void> => {
    if (prepared === null) return
    const { plan, fresh } = prepared
    prepared = null
    for (const listener of fresh.values()) listener.close()
    plan.release()
    if (gateway?.plan === plan) gateway = null
  }

  const stopAccepting = (): void => {
    for (const listener of listeners.values()) listener.close()
    listeners.clear()
  }

  const close = async (): Promise<void> => {
    await abort()
    stopAccepting()
    for (const connection of [...connections]) connection.destroy()
    gateway?.plan.release()
    gateway = null
    clearInterval(timer)
  }

  const drain = async (drainMs: number): Promise<void> => {
    const until = clock.now() + drainMs
    stopAccepting()
    for (const connection of [...connections]) connection.drain()
    await pause(Math.min(READ_TURN_MS, drainMs))
    for (const connection of [...connections]) connection.drain()
    while (connections.size > 0 && clock.now() < until) await pause(DRAIN_POLL_MS)
    await close()
  }

  const addresses = () =>
    [...listeners.values()].map(({ front, address }) => ({
      name: front.spec.name,
      host: address.address,
      port: address.port,
    }))

  return { prepare, commit, abort, drain, close, addresses }
}

const after = (ms: number, callback: () => void): (() => void) => {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}

const every = (ms: number, callback: () => void): (() => void) => {
  const timer = setInterval(callback, ms)
  return () => clearInterval(timer)
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const makeDateLine = (clock: Clock): string => `Date: ${new Date(clock.wall()).toUTCString()}\r\n`
