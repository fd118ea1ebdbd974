import { idSource } from '../base/ids.ts'
import { now } from '../base/turn.ts'
import { Wheel } from '../base/wheel.ts'
import { leanWorks } from '../base/wire.ts'
import type { Clock, Log, Meter, Timers } from '../core/ports.ts'
import type { AccessSink, Provisions, Serving } from '../core/serving.ts'
import type { SpanSink } from '../core/trace.ts'
import type { Way } from '../policies/way.ts'
import { compile } from '../runtime/compile.ts'
import { Gateway } from '../runtime/gateway.ts'
import { Keep } from '../runtime/keep.ts'
import type { Plan } from '../runtime/plan.ts'
import type { World } from '../runtime/world.ts'
import type { GatewaySpec, ListenerSpec } from '../spec/spec.ts'
import { sharedTime } from '../store/shared-time.ts'
import type { Connect } from '../upstream/roles.ts'
import type { TargetState } from '../upstream/target.ts'
import type { Front } from './front.ts'
import { headPool } from './head-pool.ts'
import { type InjectedAnswer, type InjectedRequest, Injection } from './injection.ts'
import { Listener, listenerKey } from './listener.ts'

export interface ServingOptions {
  readonly log: Log
  /** Gets finished requests while the Spec has an access log. */
  readonly accessLog: AccessSink | null
  /** Gets finished spans while the Spec has tracing; without it they are lost. */
  readonly spans?: SpanSink
  readonly worker: number
  readonly workers: number
  /** Share the port with other workers. */
  readonly reusePort: boolean
  readonly clock?: Clock
  /** Those of Node unless given, which keep the process alive. */
  readonly timers?: Timers
  readonly tickMs?: number
  /** Called on every tick of the one timer that drives all timeouts. */
  readonly onTick?: () => void
  /** Forbids the undocumented ways to a socket (base/wire.ts); otherwise a self-test decides. */
  readonly plainSockets?: boolean
  /** What targets are reached by; sockets unless given. */
  readonly connect?: Connect
  /** One that keeps time by itself; unless given, one that is moved on by the tick. */
  readonly wheel?: Wheel
  /** See `sharedTime`; made of the clock unless given. */
  readonly sharedNow?: () => number
}

export interface ListeningServing extends Serving {
  /** What is bound, with real port numbers. */
  addresses(): { name: string; host: string; port: number }[]
  /** Runs a request that no socket brought; only once something was committed, and not after the end. */
  inject(request: InjectedRequest): Promise<InjectedAnswer>
}

interface Prepared {
  readonly plan: Plan
  readonly spec: GatewaySpec
  readonly fresh: Map<string, Listener>
}

const NOWHERE: SpanSink = { add() {} }

const systemClock: Clock = { now, wall: () => Date.now() }
/** Between looking whether all connections are gone. */
const DRAIN_POLL_MS = 25
/** Idle connections get this long to show that a request is on its way. */
const READ_TURN_MS = 250

const systemTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms)
    return () => clearInterval(timer)
  },
}

/** One worker's data plane: listeners, connections, the gateway, and the timer they share. */
export const createServing = (options: ServingOptions): ListeningServing => {
  const { clock = systemClock, timers: { after, every } = systemTimers, tickMs = 200 } = options
  const onThrow = (error: unknown): void =>
    options.log.error('a timer failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
  const wheel = options.wheel ?? new Wheel(() => clock.now(), tickMs, onThrow)
  const sharedNow = options.sharedNow ?? sharedTime(clock).now
  const connections: Front['connections'] = new Set()
  const listeners = new Map<string, Listener>()
  const heads = headPool()
  const nextId = idSource()
  const bodies = { bytes: 0 }
  const targets = new Keep<TargetState>(state => state.close())
  const ways = new Keep<Way>(way => way.close())
  let lean: boolean | null = options.plainSockets ? false : null
  let gateway: Gateway | null = null
  let prepared: Prepared | null = null
  let dateLine = makeDateLine(clock)

  const stopTicks = every(tickMs, () => {
    wheel.advance()
    dateLine = makeDateLine(clock)
    options.onTick?.()
  })

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
      spans: options.spans ?? NOWHERE,
      bodies,
      targets,
      ways,
      worker: options.worker,
      sharedNow,
      after,
      every,
      truly: options.clock === undefined ? () => performance.now() : clock.now,
      random: Math.random,
      ...(options.connect === undefined ? {} : { connect: options.connect }),
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
    stopTicks()
  }

  const drain = async (drainMs: number): Promise<void> => {
    const until = clock.now() + drainMs
    stopAccepting()
    for (const connection of [...connections]) connection.drain()
    const turnMs = Math.min(READ_TURN_MS, drainMs)
    for (let ms = 0; connections.size > 0 && ms < turnMs; ms += DRAIN_POLL_MS) await pause(DRAIN_POLL_MS)
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

  const inject = (request: InjectedRequest): Promise<InjectedAnswer> => {
    if (gateway === null) return Promise.reject(new Error('the gateway does not serve'))
    return new Injection({ gateway, clock, connections, nextId, dateLine: () => dateLine }, request).run()
  }

  return { prepare, commit, abort, drain, close, addresses, inject }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

const makeDateLine = (clock: Clock): string => `Date: ${new Date(clock.wall()).toUTCString()}\r\n`
