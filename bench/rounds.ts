import { h2load } from './h2load.ts'
import type { Load } from './load.ts'
import type { RunningPeer } from './peers.ts'
import { machineTicks, usageOf } from './proc.ts'
import type { Work } from './works.ts'
import { wrk } from './wrk.ts'

/** One measurement: one peer, one work, one round. */
export interface Cell extends Load {
  readonly round: number
  readonly work: string
  readonly peer: string
  /** False for `direct`, where CPU and memory mean nothing. */
  readonly proxied: boolean
  /** Of the proxy's process tree, during the run. */
  readonly userUs: number
  readonly systemUs: number
  /** After the run. */
  readonly rssKb: number
  /** Share of the machine that the hypervisor took away meanwhile: more than a few percent, and the cell is noise. */
  readonly stolen: number
}

export interface Settings {
  readonly rounds: number
  readonly seconds: number
  readonly folder: string
  readonly works: readonly Work[]
  readonly peers: readonly RunningPeer[]
  /** Requests per second for the work at half load. */
  readonly halfRate: number
  readonly onCell: (cell: Cell) => void
}

/** Every round asks every peer, in turned order, so that a machine that gets slower does so for all alike. */
export const measureRounds = async (settings: Settings): Promise<Cell[]> => {
  const cells: Cell[] = []
  for (let round = 0; round < settings.rounds; round++) {
    for (const work of settings.works) {
      const peers = settings.peers.filter(peer => !peer.logs || work.logged)
      for (const peer of turned(peers, round)) {
        const cell = await measure(settings, round, work, peer)
        cells.push(cell)
        settings.onCell(cell)
      }
    }
  }
  return cells
}

const turned = <T>(list: readonly T[], by: number): readonly T[] => {
  const cut = by % list.length
  return [...list.slice(cut), ...list.slice(0, cut)]
}

/** Above this share of stolen time a measurement says more about the neighbours, and is made again. */
const QUIET = 0.05
const ATTEMPTS = 3

/** The quietest of at most three attempts: chosen by what the hypervisor took, never by what was measured. */
const measure = async (settings: Settings, round: number, work: Work, peer: RunningPeer): Promise<Cell> => {
  let best = await attempt(settings, round, work, peer)
  for (let i = 1; i < ATTEMPTS && best.stolen > QUIET; i++) {
    const again = await attempt(settings, round, work, peer)
    if (again.stolen < best.stolen) best = { ...again, errors: best.errors + again.errors }
    else best = { ...best, errors: best.errors + again.errors }
  }
  return best
}

const attempt = async (settings: Settings, round: number, work: Work, peer: RunningPeer): Promise<Cell> => {
  const load = (seconds: number): Promise<Load> =>
    work.halfLoad ? h2load(work, peer.port, seconds, settings.halfRate, settings.folder) : wrk(work, peer.port, seconds)
  await wrk(work, peer.port, peer.warmsUp && round === 0 ? 3 : 1)
  const ticks = machineTicks()
  const before = peer.child === null ? null : usageOf(peer.child.pid)
  const seen = await load(settings.seconds)
  const after = peer.child === null ? null : usageOf(peer.child.pid)
  const ticksAfter = machineTicks()
  return {
    ...seen,
    errors: seen.errors + (peer.child?.running() === false ? 1 : 0),
    round,
    work: work.name,
    peer: peer.name,
    proxied: peer.child !== null,
    userUs: (after?.userUs ?? 0) - (before?.userUs ?? 0),
    systemUs: (after?.systemUs ?? 0) - (before?.systemUs ?? 0),
    rssKb: after?.rssKb ?? 0,
    stolen: (ticksAfter.stolen - ticks.stolen) / Math.max(1, ticksAfter.all - ticks.all),
  }
}
