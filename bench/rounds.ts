import { h2load } from './h2load.ts'
import type { Load } from './load.ts'
import type { RunningPeer } from './peer.ts'
import { machineTicks, type Usage, usageOf } from './proc.ts'
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
  /** No round is begun that would end later than so long after the first began, by the longest round so far. */
  readonly limitMs: number
  readonly folder: string
  readonly works: readonly Work[]
  readonly peers: readonly RunningPeer[]
  /** Requests per second for the work at half load. */
  readonly halfRate: number
  /** A sentence for people about something that went wrong. */
  readonly note: (line: string) => void
  readonly onCell: (cell: Cell) => void
}

/** Every round asks every peer, in turned order, so that a machine that gets slower does so for all alike. */
export const measureRounds = async (settings: Settings): Promise<Cell[]> => {
  const cells: Cell[] = []
  const began = performance.now()
  let longest = 0
  for (let round = 0; round < settings.rounds; round++) {
    const now = performance.now()
    if (now - began + longest > settings.limitMs) {
      settings.note(`${round} of ${settings.rounds} rounds: there is no time for another`)
      break
    }
    for (const work of settings.works) {
      const peers = settings.peers.filter(peer => work.peers.includes(peer.name))
      for (const peer of turned(peers, round)) {
        const cell = await measure(settings, round, work, peer)
        cells.push(cell)
        settings.onCell(cell)
      }
    }
    longest = Math.max(longest, performance.now() - now)
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

/** What is seen of a peer that died or answers nothing: an error, which voids its figures and ends nobody else's run. */
const NOTHING: Load = { requests: 0, seconds: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, errors: 1 }

/** Of requests. After 20,000 the compiler was still at work behind the gates and cost up to 20 µs each; after this, not. */
const WARM = 150_000
export const LONGEST_WARM_MS = 20_000

/** A second, and before the first measurement of what compiles as it runs as many requests as that takes. */
const warmUp = async (work: Work, peer: RunningPeer, round: number, folder: string): Promise<void> => {
  const enough = peer.warmsUp && round === 0 ? WARM : 1
  const end = performance.now() + LONGEST_WARM_MS
  for (let done = 0; done < enough && performance.now() < end; ) {
    const { requests } = await wrk(work, peer.port, 1, folder).catch(() => NOTHING)
    if (requests === 0) return
    done += requests
  }
}

const attempt = async (settings: Settings, round: number, work: Work, peer: RunningPeer): Promise<Cell> => {
  const { seconds, halfRate, folder, note } = settings
  const load = async (): Promise<Load> => {
    const seen = work.halfLoad
      ? await h2load(work, peer.port, seconds, halfRate, folder)
      : await wrk(work, peer.port, seconds, folder)
    return peer.child?.running() === false || seen.requests === 0 ? NOTHING : seen
  }
  const orNothing = (error: unknown): Load => {
    const words = peer.child?.running() === false ? `it ended: ${peer.child.lastWords()}` : String(error)
    note(`${peer.name}, ${work.name}: ${words}`)
    return NOTHING
  }
  await warmUp(work, peer, round, folder)
  const ticks = machineTicks()
  const before = usageOfPeer(peer)
  const seen = await load().catch(orNothing)
  const after = usageOfPeer(peer)
  const ticksAfter = machineTicks()
  return {
    ...seen,
    round,
    work: work.name,
    peer: peer.name,
    proxied: peer.child !== null,
    userUs: after.userUs - before.userUs,
    systemUs: after.systemUs - before.systemUs,
    rssKb: after.rssKb,
    stolen: (ticksAfter.stolen - ticks.stolen) / Math.max(1, ticksAfter.all - ticks.all),
  }
}

const usageOfPeer = (peer: RunningPeer): Usage =>
  peer.child === null ? { userUs: 0, systemUs: 0, rssKb: 0 } : usageOf(peer.child.pid)
