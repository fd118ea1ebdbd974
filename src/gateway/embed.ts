import type { Wheel } from '../base/wheel.ts'
import type { Clock, Log, Timers } from '../core/ports.ts'
import { createTypedModules } from '../runtime/typed-modules.ts'
import type { InjectedAnswer } from '../server/injection.ts'
import { showAddress } from '../spec/address.ts'
import type { AddressSpec, GatewaySpec, ListenerSpec } from '../spec/spec.ts'
import { createLog } from '../telemetry/log.ts'
import type { Connect } from '../upstream/roles.ts'
import { claimListeners } from '../workers/bind.ts'
import type { Address, Addresses, ConfigSource, Gateway, GatewayOptions, StopOptions } from './api.ts'
import { readAnswer, writeRequest } from './inject-request.ts'
import { createSources } from './load-source.ts'
import { createMachine, type Machine } from './machine.ts'
import { type WorkerHere, workHere } from './worker-here.ts'

/** The world that a gateway in this thread lives in: the real one, or a test's. */
export interface EmbedWorld {
  readonly clock: Clock
  /** Of requests. */
  readonly timers: Timers
  /** Of what goes on besides: probes, discovery, judging outliers. */
  readonly background: Timers
  readonly connect?: Connect
  readonly wheel?: Wheel
  /** See `sharedTime`; made of the clock unless given. */
  readonly sharedNow?: () => number
  /** What becomes of each configuration before it is served. */
  readonly alter?: (spec: GatewaySpec) => GatewaySpec
}

interface Open {
  readonly machine: Machine
  readonly worker: WorkerHere
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export interface Embedded {
  readonly gateway: Gateway
  /** All but listeners, so that `inject` begins in the turn it is called in. */
  open(): Promise<void>
}

/** A gateway in this thread. Rejects with a ConfigError; nothing is started yet. */
export const embed = async (source: ConfigSource, options: GatewayOptions, world: EmbedWorld): Promise<Embedded> => {
  const { cwd = process.cwd(), env = process.env, maxAnswerBytes = MAX_ANSWER_BYTES } = options
  const log = options.log === undefined ? quietLog() : harmless(options.log)
  const { alter = spec => spec } = world
  const sources = createSources({ cwd, env, log })
  // What nobody waits for is the application's to deal with: this is its process.
  const modules = createTypedModules(log, { live: sources.live, outlive: () => {} })
  const load = async (config: ConfigSource): Promise<GatewaySpec> => alter(await sources.load(config))

  let wanted = await load(source)
  let opened: Open | null = null
  let listening = false
  let stopped: Promise<void> | null = null
  let turn: Promise<unknown> = Promise.resolve()

  /** One thing after the other, as they were called for. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    if (stopped !== null) return Promise.reject(new Error('the gateway was stopped'))
    const done = turn.then(step)
    turn = done.catch(() => {})
    return done
  }

  const open = async (spec: GatewaySpec): Promise<Open> => {
    if (opened !== null) return opened
    let worker: WorkerHere | undefined
    const machine = await createMachine({
      spec,
      ...world,
      timers: world.background,
      log,
      employ: workplace => {
        worker = workHere(workplace, { ...world, log, modules })
        return worker
      },
    })
    await machine.start()
    opened = { machine, worker: worker! }
    return opened
  }

  const start = async (): Promise<Addresses> => {
    if (listening) return addresses()
    if (opened === null) await open(await claimListeners(wanted))
    else await opened.machine.listen(wanted)
    listening = true
    return addresses()
  }

  const reload = async (config: ConfigSource): Promise<readonly string[]> => {
    const next = await load(config).catch(error => {
      opened?.machine.countUnreadable()
      throw error
    })
    const notes = (await opened?.machine.reload(listening ? next : withoutListeners(next))) ?? []
    wanted = next
    return notes
  }

  const stop = async ({ drain = true }: StopOptions): Promise<void> => {
    if (opened === null) return
    if (drain === true) await opened.machine.drain()
    else await opened.machine.drain({ delayMs: 0, drainMs: drain === false ? 0 : drain })
  }

  const injectInto = ({ worker }: Open, request: ReturnType<typeof writeRequest>): Promise<InjectedAnswer> =>
    worker.inject({ ...request, listener: wanted.listeners[0] ?? NO_LISTENER, maxBytes: maxAnswerBytes })

  const addresses = (): Addresses => {
    if (opened === null || !listening || stopped !== null) return { url: '', listeners: [] }
    const { machine } = opened
    const listeners = machine.spec().listeners.map(addressOf)
    const admin = machine.admin()
    return {
      url: listeners[0]?.url ?? '',
      listeners,
      ...(admin === undefined ? {} : { admin: addressOf({ ...admin, name: 'admin' }) }),
    }
  }

  const gateway: Gateway = {
    start: () => inTurn(start),
    reload: config => inTurn(() => reload(config)),
    stop: (how = {}) => {
      stopped ??= turn.then(() => stop(how))
      return stopped
    },
    inject: async given => {
      const request = writeRequest(given)
      if (stopped !== null) throw new Error('the gateway was stopped')
      // In this turn where that can be: whoever moves the clock next finds the request under way.
      return readAnswer(await injectInto(opened ?? (await inTurn(() => open(withoutListeners(wanted)))), request))
    },
    addresses,
    metrics: () => opened?.machine.metrics() ?? '',
  }
  return { gateway, open: async () => void (await inTurn(() => open(withoutListeners(wanted)))) }
}

const withoutListeners = (spec: GatewaySpec): GatewaySpec => ({ ...spec, listeners: [], admin: undefined })

/** For requests to a gateway that has no listener at all. */
const NO_LISTENER: ListenerSpec = {
  name: '',
  host: '',
  port: 0,
  tls: undefined,
  limits: { headBytes: 16_384, fields: 100, targetBytes: 8192, bodyBytes: 0, connections: 0 },
  timeouts: { headMs: 10_000, idleMs: 75_000, bodyMs: 30_000 },
}

const addressOf = ({
  name,
  host,
  port,
  tls,
}: AddressSpec & { readonly name: string; readonly tls?: ListenerSpec['tls'] | undefined }): Address => ({
  name,
  host,
  port,
  url: `${tls === undefined ? 'http' : 'https'}://${showAddress({ host, port })}`,
})

/** A part of somebody's program does not tell what goes well. */
const quietLog = (): Log => ({ ...createLog({ readable: false }), info: () => {} })

/** What somebody's log throws ends no request, and no gateway. */
const harmless = (theirs: Log): Log => {
  const guarded =
    (level: keyof Log): Log['info'] =>
    (message, fields) => {
      try {
        theirs[level](message, fields)
      } catch {}
    }
  return { info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
