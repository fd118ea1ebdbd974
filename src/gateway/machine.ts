import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, type AdminState, startAdmin } from '../admin/server.ts'
import type { Roster } from '../core/fleet.ts'
import type { Clock, Log, Timers } from '../core/ports.ts'
import type { AddressSpec, GatewaySpec, ServiceSpec } from '../spec/spec.ts'
import type { SharedMemory } from '../store/shared-memory.ts'
import { sharedTime } from '../store/shared-time.ts'
import { createLogDescriptor } from '../telemetry/direct-log.ts'
import { exposition } from '../telemetry/exposition.ts'
import { buildInfo, processSamples, sharedSamples } from '../telemetry/process-samples.ts'
import { createMetrics, type ListedTarget } from '../telemetry/registry.ts'
import type { Sample } from '../telemetry/sample.ts'
import { seriesOf, targetSeries } from '../telemetry/series.ts'
import type { SeriesKey } from '../telemetry/series-key.ts'
import { claimListeners } from '../workers/bind.ts'
import { createKeyDesk } from '../workers/key-desk.ts'
import { isKeyRequest, type KeyRequest, type Relayed, type ToWorker } from '../workers/messages.ts'
import { keepRestartOnly, restartOnly } from '../workers/restart-only.ts'
import type { Content } from '../workers/supervisor.ts'
import { createAccessOutput } from './access-output.ts'
import { createCommons } from './commons.ts'
import { createMachineFleet } from './machine-fleet.ts'
import { createSpanOutput, type SpanOutput } from './span-output.ts'
import { packageVersion } from './version.ts'

/** Those who serve: threads under a supervisor, or one worker in this thread. */
export interface Workforce {
  /** Rejects with one sentence when any worker cannot start; then none is left. */
  start(content: Content): Promise<void>
  /** All workers change to the Spec, or none: then it rejects with one sentence. Calls must not overlap. */
  reload(content: Content): Promise<void>
  /** Ends all of them: at once when idle, after `drainMs` at the latest. */
  drain(drainMs: number): Promise<void>
  /** How many serve. */
  live(): number
  tell(worker: number, message: ToWorker): void
}

/** What the workforce is made with. */
export interface Workplace {
  readonly shared: SharedMemory
  readonly logFd: Int32Array<SharedArrayBuffer>
  readonly spansUnderway: Int32Array<SharedArrayBuffer>
  readonly relay: (worker: number, message: Relayed | KeyRequest) => void
  /** A worker is gone and will be replaced. */
  readonly onLost: (worker: number, reason: 'exit' | 'stalled') => void
  /** What has changed since the committed generation was made: for a worker that starts anew. */
  readonly latest: () => Pick<Content, 'metrics' | 'rosters'>
}

export interface MachineOptions {
  /** How many workers serve and where state lives: no reload changes that. */
  readonly spec: GatewaySpec
  readonly clock: Clock
  readonly timers: Timers
  /** See `sharedTime`; made of the clock unless given. */
  readonly sharedNow?: () => number
  readonly log: Log
  readonly employ: (workplace: Workplace) => Workforce
}

/** All of a gateway but its workers: what they share, what it knows of targets, its metrics, its admin listener. */
export interface Machine {
  /** What is served now, with the ports that were bound where the configuration says 0. */
  spec(): GatewaySpec
  /** Where the admin listener is bound. */
  admin(): AddressSpec | undefined
  /** Admin listener and workers. Rejects with one sentence when any part cannot start; then all of it is closed. */
  start(): Promise<void>
  /** Opens what `start` was not given: listeners and admin. All of it or nothing: rejects with one sentence. */
  listen(wanted: GatewaySpec): Promise<void>
  /** All of it or nothing: rejects with one sentence. Resolves to notes about what needs a restart. No two at once. */
  reload(wanted: GatewaySpec): Promise<readonly string[]>
  /** Counts a reload that failed before there was a Spec: whoever watches the counter cares for no difference. */
  countUnreadable(): void
  /** Opens the access log file again, after log rotation. */
  reopenLog(): Promise<void>
  /** All metrics in the text format of Prometheus. */
  metrics(): string
  /**
   * `/readyz` turns 503, then, after `delayMs`, all workers finish what they have; ends within `drainMs` after that. As
   * configured unless given.
   */
  drain(within?: { readonly delayMs: number; readonly drainMs: number }): Promise<void>
}

/** For the last spans, when the requests took the whole time of the drain. */
const LEAST_FLUSH_MS = 500

/** Between looking whose series are not needed any more. */
const RETAIN_MS = 60_000

type Phase = 'starting' | 'serving' | 'draining'

/** Starts nothing yet but what must be there first. Rejects with one sentence when that cannot be had. */
export const createMachine = async (options: MachineOptions): Promise<Machine> => {
  const { clock, timers, log, sharedNow = sharedTime(clock).now } = options
  let { spec } = options
  const { workers } = spec
  let phase: Phase = 'starting'

  // 1. What all workers share.
  const metrics = createMetrics({ workers })
  let layout = metrics.extend(seriesOf(spec))
  const count = (name: string, labels = {}): void => metrics.meter.counter(name, labels).add(1)
  const dropped = (lines: number): void => metrics.meter.counter('sallyport_access_log_dropped_total').add(lines)
  const logFd = createLogDescriptor()
  const access = createAccessOutput(log, dropped, logFd)
  await (await access.prepare(spec.accessLog)).commit()
  const commons = await createCommons({ spec, clock, log, meter: metrics.meter }).catch(async error => {
    await access.close()
    throw error
  })

  const spans = createSpanOutput({ workers, clock, timers, log, meter: metrics.meter })
  const fleet = createMachineFleet({
    workers,
    clock,
    timers,
    sharedNow,
    log,
    metrics,
    onRoster: (service, roster) => {
      layout = metrics.extendFound(rosterSeries(service, roster))
      for (let worker = 0; worker < workers; worker++)
        workforce.tell(worker, { type: 'roster', roster, metrics: layout })
    },
  })

  // 2. The workers, not started yet.
  const workforce = options.employ({
    shared: commons.shared,
    logFd,
    spansUnderway: spans.underway,
    relay: (worker, message) => {
      if (isKeyRequest(message)) desk.receive(worker, message)
      else relay(worker, message, log, access.write, spans)
    },
    onLost: (worker, reason) => {
      metrics.clearWorker(worker)
      commons.clearWorker(worker)
      spans.clearWorker(worker)
      fleet.clearWorker(worker)
      desk.forget(worker)
      count('sallyport_worker_restarts_total', { reason })
    },
    latest: () => ({ metrics: layout, rosters: fleet.rosters() }),
  })
  const desk = createKeyDesk(commons.keySets, workforce.tell)

  /** The lists of targets belong to the configuration: all of it is taken over, or nothing. */
  const takeOver = async (next: GatewaySpec, take: (content: Content) => Promise<void>): Promise<void> => {
    const { rosters, commit, abort } = await fleet.prepare(next.services)
    try {
      const found = next.services.flatMap((service, i) => discoveredSeries(service, rosters[i]))
      metrics.extendFound(found)
      layout = metrics.extend(seriesOf(next))
      await take({ spec: next, metrics: layout, rosters, onDecided: commit })
    } catch (error) {
      abort()
      throw error
    }
  }

  // 3. The admin listener, not started yet either.
  const build = buildInfo(packageVersion())
  const samples = (): Sample[] => [
    ...metrics.read(),
    build,
    ...processSamples(),
    ...sharedSamples(commons.counts()),
    ...fleet.samples(),
  ]
  const metricsText = (): string => exposition(samples())
  const state: AdminState = {
    metrics: metricsText,
    services: fleet.admin,
    revocations: commons.revocations,
    ready: () => ({
      // One worker that is being replaced is no reason to send the traffic of all others elsewhere.
      ok: phase === 'serving' && workforce.live() > 0,
      detail: { gateway: phase, workers: `${workforce.live()} of ${workers} serving` },
    }),
  }
  let admin: Admin | undefined

  const retainSeries = (): void => metrics.retain(fleet.rosters().flatMap(targetsIn), sharedNow())
  let stopRetaining = (): void => {}

  const closeAll = async (flushMs: number): Promise<void> => {
    stopRetaining()
    fleet.close()
    await spans.close(flushMs)
    await access.close()
    await admin?.close()
    await commons.close()
  }

  const change = async (next: GatewaySpec): Promise<void> => {
    const output = await access.prepare(next.accessLog)
    try {
      await takeOver(next, workforce.reload)
    } catch (error) {
      await output.abort()
      throw error
    }
    spec = next
    spans.use(next.tracing)
    await output.commit()
  }

  const reload = async (next: GatewaySpec): Promise<readonly string[]> => {
    const notes = restartOnly(spec, next)
    await change(await claimListeners(keepRestartOnly(spec, next), spec.listeners))
    return notes
  }

  return {
    spec: () => spec,
    admin: () => admin?.address,
    start: async () => {
      try {
        // The admin listener first: while workers start, `/readyz` says so.
        admin = spec.admin && (await startAdmin({ address: spec.admin, state }))
        await takeOver(spec, workforce.start)
      } catch (error) {
        await closeAll(0)
        throw error
      }
      spans.use(spec.tracing)
      stopRetaining = timers.every(RETAIN_MS, retainSeries)
      phase = 'serving'
    },
    listen: async wanted => {
      const claimed = await claimListeners({ ...wanted, workers, state: spec.state })
      const opened = claimed.admin && (await startAdmin({ address: claimed.admin, state }))
      try {
        await change(claimed)
      } catch (error) {
        await opened?.close()
        throw error
      }
      admin = opened
    },
    reload: async next => {
      try {
        const notes = await reload(next)
        count('sallyport_reloads_total', { result: 'ok' })
        return notes
      } catch (error) {
        count('sallyport_reloads_total', { result: 'failed' })
        throw error
      }
    },
    countUnreadable: () => count('sallyport_reloads_total', { result: 'failed' }),
    reopenLog: access.reopen,
    metrics: metricsText,
    drain: async ({ delayMs, drainMs } = { delayMs: spec.drainDelayMs, drainMs: spec.drainMs }) => {
      phase = 'draining'
      if (delayMs > 0) await sleep(delayMs)
      const until = clock.now() + drainMs
      await workforce.drain(drainMs)
      await closeAll(Math.max(LEAST_FLUSH_MS, until - clock.now()))
    },
  }
}

const discoveredSeries = (service: ServiceSpec, roster: Roster | undefined): SeriesKey[] =>
  service.discover === undefined || roster === undefined ? [] : rosterSeries(service, roster)

const rosterSeries = (service: ServiceSpec, { targets }: Roster): SeriesKey[] =>
  targets.flatMap(({ endpoint }) => targetSeries(service, endpoint))

const targetsIn = ({ service, targets }: Roster): readonly ListedTarget[] =>
  targets.map(({ endpoint }) => ({ service, target: endpoint.url }))

const relay = (
  worker: number,
  message: Relayed,
  log: Log,
  access: (lines: string) => void,
  spans: SpanOutput,
): void => {
  if (message.type === 'access') access(message.lines)
  else if (message.type === 'spans') spans.receive(worker, message.sent)
  else log[message.level](message.message, { worker, ...message.fields })
}
