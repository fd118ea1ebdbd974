import { isDeepStrictEqual } from 'node:util'
import { release } from '../outliers/eject.ts'
import { Resolver } from '../resolve.ts'
import type { Cancel, CheckWorld, LastProbe, Subject } from './check-world.ts'
import { markHealth } from './mark-health.ts'
import type { Failure } from './probe.ts'
import { afterProbe, UNTRIED } from './tally.ts'

/** First probes come within this time, or within the interval when that is shorter. */
const FIRST_WITHIN_MS = 1000
/** Even of an interval that the jitter made nothing of, or that the probe took up. */
const LEAST_REST_MS = 10
/** A timer for longer than this fires at once. */
const LONGEST_REST_MS = 2 ** 31 - 1

/** Probes one target over and over, one probe at a time, for as long as it is in a list. */
export class TargetCheck {
  subject: Subject
  tally = UNTRIED
  last: LastProbe | null = null
  private readonly world: CheckWorld
  private readonly resolver: Resolver
  private stopped = false
  /** Ends what it does now: rests, waits for its turn, or asks. */
  private leave: Cancel = () => {}

  constructor(world: CheckWorld, subject: Subject) {
    this.world = world
    this.subject = subject
    this.resolver = new Resolver(subject.endpoint.address || subject.endpoint.host, () => world.clock.now())
    this.write()
    this.restBeforeFirst()
  }

  /** The same target, maybe in another place or asked in another way. What was learned of it stays. */
  update(subject: Subject): void {
    const alike = isDeepStrictEqual(subject.health, this.subject.health)
    this.subject = subject
    this.write()
    if (alike) return
    this.tally = { ...this.tally, against: 0 }
    this.leave()
    this.restBeforeFirst()
  }

  stop(): void {
    this.stopped = true
    this.leave()
  }

  /** Stops, and nothing is held against the target any more. */
  forget(): void {
    this.stop()
    this.tally = UNTRIED
    this.write()
  }

  private restBeforeFirst(): void {
    const { random } = this.world
    this.rest(random() * Math.min(FIRST_WITHIN_MS, this.subject.health.intervalMs))
  }

  private rest(ms: number): void {
    if (!this.stopped) this.leave = this.world.timers.after(Math.min(ms, LONGEST_REST_MS), () => this.queue())
  }

  private queue(): void {
    const { turns } = this.world
    const begin = (): void => this.ask()
    const { service } = this.subject
    this.leave = () => turns.forget(begin, service)
    turns.ask(begin, service)
  }

  private ask(): void {
    const { clock, timers, turns, probe } = this.world
    const { service, endpoint, health } = this.subject
    const startedAt = clock.now()
    let open = true
    let giveUp: Cancel = () => {}
    const close = (): void => {
      open = false
      stopTimer()
      giveUp()
      turns.leave(service)
    }
    const end = (failure: Failure): void => {
      if (!open) return
      close()
      const tookMs = clock.now() - startedAt
      this.learn(failure, tookMs)
      this.rest(Math.max(LEAST_REST_MS, this.interval() - tookMs))
    }
    this.leave = () => open && close()
    const stopTimer = timers.after(health.timeoutMs, () => end(`did not answer in ${health.timeoutMs} ms`))
    try {
      giveUp = probe({ endpoint, health, lookup: this.resolver.lookup }, end)
      if (!open) giveUp()
    } catch {
      end('could not be asked')
    }
  }

  private interval(): number {
    const { intervalMs, jitter } = this.subject.health
    return intervalMs * (1 + jitter * (2 * this.world.random() - 1))
  }

  private learn(failure: Failure, tookMs: number): void {
    const { clock, log, now, onProbe } = this.world
    const { service, endpoint, slot, cells, health } = this.subject
    const ok = failure === null
    const was = this.tally.healthy
    this.last = { ok, reason: failure ?? '', at: clock.wall(), tookMs: Math.round(tookMs * 1000) / 1000 }
    this.tally = afterProbe(this.tally, ok, health)
    this.write()
    const { healthy } = this.tally
    // An outlier that answers is believed, as Envoy does.
    if (ok && healthy) release(cells, slot, now())
    if (was && !healthy) log.warn('A target is unhealthy', { service, target: endpoint.url, reason: failure })
    if (!was && healthy) log.info('A target is healthy again', { service, target: endpoint.url })
    onProbe(service, endpoint.url, ok)
  }

  private write(): void {
    markHealth(this.subject.cells, this.subject.slot, this.tally.healthy, this.world.now)
  }
}
