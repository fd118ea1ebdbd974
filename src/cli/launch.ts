import { now } from '../base/turn.ts'
import type { Log } from '../core/ports.ts'
import { createMachine, type Machine } from '../gateway/machine.ts'
import type { AddressSpec, GatewaySpec } from '../spec/spec.ts'
import { canReusePort, claimListeners } from '../workers/bind.ts'
import { threadSpawn } from '../workers/port.ts'
import { createSupervisor } from '../workers/supervisor.ts'
import { systemTimers } from '../workers/timers.ts'

export interface LaunchOptions {
  readonly log: Log
  /** The worker's module; another one in tests. */
  readonly workerEntry?: URL
  readonly prepareMs?: number
  readonly stallMs?: number
}

/** A gateway that serves from threads. */
export interface Launched extends Pick<Machine, 'spec' | 'reload' | 'countUnreadable' | 'reopenLog'> {
  readonly admin: AddressSpec | undefined
  drain(): Promise<void>
}

/** Starts admin listener and workers. Rejects with one sentence when any part cannot start; then none is left. */
export const launchGateway = async (wanted: GatewaySpec, options: LaunchOptions): Promise<Launched> => {
  const { log } = options

  // 1. What can be refused without starting anything.
  const reusePort = await canReusePort()
  const workers = reusePort ? wanted.workers : 1
  if (workers < wanted.workers) log.warn('this platform cannot share a port between threads; one worker runs')
  const spec = await claimListeners({ ...wanted, workers })

  // 2. What belongs to the main thread, and the workers.
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * workers)
  const machine = await createMachine({
    spec,
    clock: { now, wall: () => Date.now() },
    timers: systemTimers,
    log,
    employ: ({ shared, logFd, spansUnderway, ...told }) =>
      createSupervisor({
        ...options,
        ...told,
        workers,
        spawn: threadSpawn(options.workerEntry ?? WORKER_ENTRY, {
          workers,
          reusePort,
          beats,
          logFd,
          spansUnderway,
          shared,
        }),
        beats: new Int32Array(beats),
        timers: systemTimers,
      }),
  })
  await machine.start()

  return {
    ...machine,
    admin: machine.admin(),
    drain: () => machine.drain(),
    // How many were wanted is what people know of.
    reload: next => machine.reload(next.workers === wanted.workers ? { ...next, workers } : next),
  }
}

/** Beside this file, in the form this file is in. */
const WORKER_ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)
