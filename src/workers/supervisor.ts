import type { Roster } from '../core/fleet.ts'
import type { Log } from '../core/ports.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import type { MetricLayout } from '../telemetry/layout.ts'
import { restartDelayMs } from './backoff.ts'
import { CHECK_MS, createHeartbeat } from './heartbeat.ts'
import type { Generation, KeyRequest, Relayed, ToWorker } from './messages.ts'
import type { Spawn } from './port.ts'
import { Slot } from './slot.ts'
import type { Cancel, Timers } from './timers.ts'
import { runTwoPhase } from './two-phase.ts'

export interface SupervisorOptions {
  readonly workers: number
  readonly spawn: Spawn
  readonly beats: Int32Array
  readonly timers: Timers
  readonly log: Log
  readonly relay: (index: number, message: Relayed | KeyRequest) => void
  /** A worker died and will be replaced: its gauge columns are to be cleared and the loss counted. */
  readonly onLost: (index: number, reason: 'exit' | 'stalled') => void
  /**
   * What has changed since the committed generation was made. A worker that starts anew is given that: what others were
   * told it has never heard.
   */
  readonly latest?: () => Pick<Generation, 'metrics' | 'rosters'>
  /** How long all workers may take to prepare a reload. */
  readonly prepareMs?: number
  /** After how long without a heartbeat a worker is replaced. */
  readonly stallMs?: number
}

/** What a generation is made of. */
export interface Content {
  readonly spec: GatewaySpec
  readonly metrics: MetricLayout
  readonly rosters: readonly Roster[]
  /** All workers are ready and none serves it yet: from here on there is no way back. */
  readonly onDecided?: () => void
}

export interface Supervisor {
  /** Starts all workers on the Spec. Rejects with one sentence when any cannot; then none is left running. */
  start(content: Content): Promise<void>
  /** All workers change to the Spec, or none: then it rejects with one sentence. Calls must not overlap. */
  reload(content: Content): Promise<void>
  /** Ends every worker: at once when idle, after `drainMs` at the latest. */
  drain(drainMs: number): Promise<void>
  /** Ends every worker now. */
  stop(): Promise<void>
  /** How many workers serve. */
  live(): number
  /** Passes a message on to a worker, if it runs. */
  tell(index: number, message: ToWorker): void
}

const PREPARE_MS = 10_000
/** A thread must load its modules first, and a busy machine starts slowly. */
const START_MS = 30_000
const STALL_MS = 5_000
/** What a worker may take beyond `drainMs` to cut off the rest and say so. */
const DRAIN_GRACE_MS = 2_000
/** A worker that served this long came up well: the next failure is the first in a row again. */
const PROVEN_MS = 30_000

/** Keeps N workers on one committed generation (DESIGN §4 "Workers" and "Reload"). */
export const createSupervisor = (options: SupervisorOptions): Supervisor => {
  const { timers, log } = options
  const prepareMs = options.prepareMs ?? PREPARE_MS
  const stallMs = options.stallMs ?? STALL_MS

  let committed: Generation | null = null
  let numbers = 0
  let replacing = false
  let stopping = false
  let stopChecks: Cancel = () => {}

  const places = Array.from({ length: options.workers }, (_, index) => ({
    slot: new Slot({ index, spawn: options.spawn, timers, relay: options.relay, onLost: (_, why) => lost(index, why) }),
    heartbeat: createHeartbeat(options.beats, index, stallMs),
    failures: 0,
    stalled: false,
    cancelTimer: (() => {}) as Cancel,
  }))
  type Place = (typeof places)[number]
  const slots = places.map(place => place.slot)

  const generationOf = ({ spec, metrics, rosters }: Content): Generation => ({
    number: ++numbers,
    spec,
    metrics,
    rosters,
  })

  const nowLive = (place: Place): void => {
    place.slot.live = true
    place.heartbeat.reset()
    place.cancelTimer = timers.after(PROVEN_MS, () => {
      place.failures = 0
    })
  }

  /** Brings one worker to the committed generation, even when that changes meanwhile. */
  const catchUp = async (slot: Slot): Promise<void> => {
    while (!stopping && committed !== null && slot.serving !== committed.number) {
      const generation = committed
      await slot.prepare({ ...generation, ...options.latest?.() }, START_MS)
      if (generation === committed) await slot.commit(generation.number, START_MS)
      else slot.abort(generation.number)
    }
  }

  const lost = (index: number, why: string): void => {
    const place = places[index]!
    place.cancelTimer()
    if (!replacing) return
    options.onLost(index, place.stalled ? 'stalled' : 'exit')
    const delayMs = restartDelayMs(place.failures++)
    log.error(`worker ${index} stopped and is replaced in ${delayMs} ms: ${why}`, { worker: index })
    place.cancelTimer = timers.after(delayMs, () => void revive(place))
  }

  const revive = async (place: Place): Promise<void> => {
    const { slot } = place
    if (!replacing) return
    place.stalled = false
    try {
      slot.start()
      await catchUp(slot)
      nowLive(place)
      log.info(`worker ${slot.index} is back`, { worker: slot.index })
    } catch (error) {
      slot.kill(messageOf(error))
    }
  }

  const checkHeartbeats = (): void => {
    for (const place of places) {
      const { slot } = place
      if (!slot.live || !place.heartbeat.stalled()) continue
      place.stalled = true
      slot.kill(`it gave no sign of life for ${stallMs / 1000} s`)
    }
  }

  const standDown = (): void => {
    stopping = true
    replacing = false
    stopChecks()
    for (const place of places) place.cancelTimer()
  }

  const stop = async (): Promise<void> => {
    standDown()
    const ended = slots.map(slot => slot.ended())
    for (const slot of slots) slot.kill('the gateway stops')
    await Promise.all(ended)
  }

  /** Workers that came up during the reload, on the old generation, follow; one that cannot is replaced. */
  const bringStragglers = async (): Promise<void> => {
    const behind = slots.filter(slot => slot.live && slot.serving !== committed?.number)
    await Promise.all(behind.map(slot => catchUp(slot).catch(error => slot.kill(messageOf(error)))))
  }

  const change = (content: Content, taking: readonly Slot[], timeoutMs: number): Promise<void> => {
    const generation = generationOf(content)
    return runTwoPhase(taking, generation, timeoutMs, () => {
      if (stopping) throw new Error('the gateway is stopping; nothing was changed')
      committed = generation
      content.onDecided?.()
    })
  }

  return {
    start: async content => {
      try {
        for (const slot of slots) slot.start()
        await change(content, slots, START_MS)
        if (slots.some(slot => !slot.running)) throw new Error('a worker stopped while the gateway started')
      } catch (error) {
        await stop()
        throw error
      }
      for (const place of places) nowLive(place)
      replacing = true
      stopChecks = timers.every(CHECK_MS, checkHeartbeats)
    },
    reload: async content => {
      await change(
        content,
        slots.filter(slot => slot.live),
        prepareMs,
      )
      await bringStragglers()
    },
    drain: async drainMs => {
      standDown()
      const running = slots.filter(slot => slot.live)
      await Promise.allSettled(running.map(slot => slot.drain(drainMs, drainMs + DRAIN_GRACE_MS)))
      await stop()
    },
    stop,
    live: () => slots.filter(slot => slot.live).length,
    tell: (index, message) => slots[index]?.tell(message),
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
