import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, type AdminState, startAdmin } from '../admin/server.ts'
import { now } from '../base/turn.ts'
import type { Roster } from '../core/fleet.ts'
import type { Log } from '../core/ports.ts'
import type { AddressSpec, GatewaySpec, ServiceSpec } from '../spec/spec.ts'
import { createLogDescriptor } from '../telemetry/direct-log.ts'
import { exposition } from '../telemetry/exposition.ts'
import { buildInfo, processSamples, sharedSamples } from '../telemetry/process-samples.ts'
import { createMetrics } from '../telemetry/registry.ts'
import type { Sample } from '../telemetry/sample.ts'
import { seriesOf, targetSeries } from '../telemetry/series.ts'
import type { SeriesKey } from '../telemetry/series-key.ts'
import { canReusePort, claimListeners } from '../workers/bind.ts'
import { createKeyDesk } from '../workers/key-desk.ts'
import { isKeyRequest, type Relayed } from '../workers/messages.ts'
import { threadSpawn } from '../workers/port.ts'
import { keepRestartOnly, restartOnly } from '../workers/restart-only.ts'
import { type Content, createSupervisor } from '../workers/supervisor.ts'
import { systemTimers } from '../workers/timers.ts'
import { createAccessOutput } from './access-output.ts'
import { createCommons } from './commons.ts'
import { createMachineFleet } from './machine-fleet.ts'
import { packageVersion } from './version.ts'

export interface LaunchOptions {
  readonly log: Log
  /** The worker's module; another one in tests. */
  readonly workerEntry?: URL
  readonly prepareMs?: number
  readonly stallMs?: number
}

/** A gateway that serves. */
export interface Launched {
  /** What is served now, with the ports that were bound where the configuration says 0. */
  spec(): GatewaySpec
  readonly admin: AddressSpec | undefined
  /** All of it or nothing: rejects with one sentence. Resolves to notes about what needs a restart. No two at once. */
  reload(wanted: GatewaySpec): Promise<readonly string[]>
  /** Counts a reload that failed before there was a Spec: whoever watches the counter cares for no difference. */
  countUnreadable(): void
  /** Opens the access log file again, after log rotation. */
  reopenLog(): Promise<void>
  /** `/readyz` turns 503, then, after `drainDelay`, all workers finish what they have; ends within `drain`. */
  drain(): Promise<void>
}

type Phase = 'starting' | 'serving' | 'draining'

/** Starts admin listener and workers. Rejects with one sentence when any part cannot start; then none is left. */
export const launchGateway = async (wanted: GatewaySpec, options: LaunchOptions): Promise<Launched> => {
  const { log } = options
  let phase: Phase = 'starting'

  // 1. What can be refused without starting anything.
  const reusePort = await canReusePort()
  const workers = reusePort ? wanted.workers : 1
  if (workers < wanted.workers) log.warn('this platform cannot share a port between threads; one worker runs')
  let spec = await claimListeners({ ...wanted, workers })

  // 2. What belongs to the main thread.
  const metrics = createMetrics({ workers })
  let layout = metrics.extend(seriesOf(spec))
  const count = (name: string, labels = {}): void => metrics.meter.counter(name, labels).add(1)
  const dropped = (lines: number): void => metrics.meter.counter('sallyport_access_log_dropped_total').add(lines)
  const logFd = createLogDescriptor()
  const access = createAccessOutput(log, dropped, logFd)
  await (await access.prepare(spec.accessLog)).commit()
  const clock = { now, wall: () => Date.now() }
  const commons = await createCommons({ spec, clock, log, meter: metrics.meter }).catch(async error => {
    await access.close()
    throw error
  })

  const fleet = createMachineFleet({
    workers,
    clock,
    log,
    metrics,
    onRoster: (service, roster) => {
      layout = metrics.extendFound(rosterSeries(service, roster))
      for (let worker = 0; worker < workers; worker++)
        supervisor.tell(worker, { type: 'roster', roster, metrics: layout })
    },
  })

  // 3. The workers, not started yet.
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * workers)
  const supervisor = createSupervisor({
    ...options,
    workers,
    spawn: threadSpawn(options.workerEntry ?? WORKER_ENTRY, {
      workers,
      reusePort,
      beats,
      logFd,
      shared: commons.shared,
    }),
    beats: new Int32Array(beats),
    timers: systemTimers,
    relay: (worker, message) => {
      if (isKeyRequest(message)) desk.receive(worker, message)
      else relay(worker, message, log, access.write)
    },
    onLost: (worker, reason) => {
      metrics.clearWorker(worker)
      commons.clearWorker(worker)
      fleet.clearWorker(worker)
      desk.forget(worker)
      count('sallyport_worker_restarts_total', { reason })
    },
    // Its generation has the lists of the time when that was made.
    onRevive: worker => {
      for (const roster of fleet.rosters()) supervisor.tell(worker, { type: 'roster', roster, metrics: layout })
    },
  })

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

  const desk = createKeyDesk(commons.keySets, supervisor.tell)

  // 4. The admin listener first: while workers start, `/readyz` says so.
  const build = buildInfo(packageVersion())
  const samples = (): Sample[] => [
    ...metrics.read(),
    build,
    ...processSamples(),
    ...sharedSamples(commons.counts()),
    ...fleet.samples(),
  ]
  const state: AdminState = {
    metrics: () => exposition(samples()),
    services: fleet.admin,
    revocations: commons.revocations,
    ready: () => ({
      // One worker that is being replaced is no reason to send the traffic of all others elsewhere.
      ok: phase === 'serving' && supervisor.live() > 0,
      detail: { gateway: phase, workers: `${supervisor.live()} of ${workers} serving` },
    }),
  }
  let admin: Admin | undefined
  try {
    admin = spec.admin && (await startAdmin({ address: spec.admin, state }))
    await takeOver(spec, supervisor.start)
  } catch (error) {
    await admin?.close()
    fleet.close()
    await access.close()
    await commons.close()
    throw error
  }
  phase = 'serving'

  const reload = async (next: GatewaySpec): Promise<readonly string[]> => {
    const notes = restartOnly({ ...spec, workers: wanted.workers }, next)
    const claimed = await claimListeners(keepRestartOnly(spec, next), spec.listeners)
    const output = await access.prepare(claimed.accessLog)
    try {
      await takeOver(claimed, supervisor.reload)
    } catch (error) {
      await output.abort()
      throw error
    }
    spec = claimed
    await output.commit()
    return notes
  }

  return {
    spec: () => spec,
    admin: admin?.address,
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
    drain: async () => {
      phase = 'draining'
      await sleep(spec.drainDelayMs)
      await supervisor.drain(spec.drainMs)
      fleet.close()
      await access.close()
      await admin?.close()
      await commons.close()
    },
  }
}

const discoveredSeries = (service: ServiceSpec, roster: Roster | undefined): SeriesKey[] =>
  service.discover === undefined || roster === undefined ? [] : rosterSeries(service, roster)

const rosterSeries = (service: ServiceSpec, { targets }: Roster): SeriesKey[] =>
  targets.flatMap(({ endpoint }) => targetSeries(service, endpoint))

/** Beside this file, in the form this file is in. */
const WORKER_ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

const relay = (worker: number, message: Relayed, log: Log, access: (lines: string) => void): void => {
  if (message.type === 'access') access(message.lines)
  else log[message.level](message.message, { worker, ...message.fields })
}
