import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../src/index.ts'
import { servicesOf } from '../support/fleet-admin.ts'
import { type FleetLoad, type LoadSpec, startFleetLoad } from '../support/fleet-load.ts'
import { startFleetUpstream } from '../support/fleet-target.ts'
import type { FleetUpstream, Mood } from '../support/fleet-upstream.ts'
import { metric, readScrape } from '../support/metrics.ts'
import { type Running, startRunning } from '../support/running.ts'
import { until } from '../support/until.ts'

/** What a scenario is about, for its row in the table. */
export interface Told {
  readonly name: string
  /** What happens to the targets. */
  readonly done: string
  readonly claimed: string
}

export type Services = NonNullable<Config['services']>

/** What a scenario plays with. All of it ends with the scenario. */
export interface Scene {
  /** As many targets, named A, B, C, ...; well unless another mood is given. */
  targets(count: number, mood?: Mood): Promise<readonly FleetUpstream[]>
  /** A gateway with two workers; each service is at `/<its name>`. */
  gateway(services: Services): Promise<Running>
  load(spec: LoadSpec): FleetLoad
  /** Adds to what the row says was seen. */
  saw(what: string): void
}

export const WELL: Mood = { kind: 'well', after: 5 }
/** Most scenarios take less than 8 s. One that does not end is left, so that what it began does. */
const PLAY_MS = 50_000

/** A test that says in one row of a table what was done, claimed and seen, whether or not the claim holds. */
export const scenario = (told: Told, play: (scene: Scene) => Promise<void>): void => {
  test(`${told.name}: ${told.claimed}`, { timeout: 2 * PLAY_MS }, async () => {
    const stage = createStage()
    let holds = false
    try {
      await soonEnough(play(stage.scene))
      await stage.empty()
      holds = true
    } finally {
      console.log(row([told.name, told.done, told.claimed, `${holds ? '' : '**not held**: '}${stage.seen.join('; ')}`]))
      await stage.close()
    }
  })
}

const soonEnough = async (playing: Promise<void>): Promise<void> => {
  const late = new AbortController()
  const timeout = sleep(PLAY_MS, undefined, { signal: late.signal }).then(() =>
    assert.fail(`not over after ${PLAY_MS} ms`),
  )
  try {
    await Promise.race([playing, timeout])
  } finally {
    late.abort()
    timeout.catch(() => {})
  }
}

const createStage = () => {
  const upstreams: FleetUpstream[] = []
  const gateways: Running[] = []
  const loads: FleetLoad[] = []
  const seen: string[] = []
  const scene: Scene = {
    async targets(count, mood = WELL) {
      const first = upstreams.length
      for (let i = first; i < first + count; i++)
        upstreams.push(await startFleetUpstream(String.fromCharCode(65 + i), mood))
      return upstreams.slice(first)
    },
    async gateway(services) {
      const gateway = await startRunning(configOf(services))
      gateways.push(gateway)
      return gateway
    },
    load(spec) {
      const load = startFleetLoad(spec)
      loads.push(load)
      return load
    },
    saw: what => void seen.push(what),
  }
  const endLoads = (): Promise<unknown> => Promise.all(loads.map(load => load.stop()))
  return {
    scene,
    seen,
    empty: async () => {
      await endLoads()
      for (const gateway of gateways) await nothingLeft(gateway)
    },
    close: async () => {
      for (const upstream of upstreams) upstream.kill()
      await endLoads()
      const codes = await Promise.all(gateways.map(gateway => gateway.stop()))
      assert.deepEqual(
        codes,
        codes.map(() => 0),
      )
    },
  }
}

/** JSON is YAML. */
const configOf = (services: Services): string =>
  JSON.stringify({
    listeners: { web: '127.0.0.1:0' },
    admin: '127.0.0.1:0',
    workers: 2,
    drain: '2s',
    services,
    routes: Object.keys(services).map(name => ({ prefix: `/${name}`, to: name })),
  } satisfies Config)

/** When all is answered nothing is counted as under way any more, and no worker has died over it. */
const nothingLeft = async (gateway: Running): Promise<void> => {
  const left = ['sallyport_requests_in_flight', 'sallyport_upstream_in_flight'] as const
  const scrape = async () => readScrape((await gateway.admin('/metrics')).text)
  await until(async () => {
    const now = await scrape()
    return left.every(name => metric(now, name) === 0)
  }, 'nothing is in flight')
  assert.equal(metric(await scrape(), 'sallyport_worker_restarts_total'), 0)
  for (const { service, inFlight, queued } of await servicesOf(gateway)) {
    assert.deepEqual({ service, inFlight, queued }, { service, inFlight: 0, queued: 0 })
  }
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
