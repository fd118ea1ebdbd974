import { stop } from './children.ts'
import { h2load } from './h2load.ts'
import { CONNECTIONS, type Load } from './load.ts'
import type { Peer, RunningPeer } from './peer.ts'
import { machineTicks, type Usage, usageOf } from './proc.ts'
import { removeLogs } from './sallyport.ts'
import { takeTurns } from './turns.ts'
import type { Work } from './works.ts'
import { startWrk, wrk } from './wrk.ts'

/** One measurement: one peer, one work, one round. */
export interface Cell extends Load {
  readonly round: number
  readonly work: string
  /** Which of the work's sets; without sets, which of the peers. */
  readonly set: number
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
  /** Asked again in every round, as they run. */
  readonly peers: readonly RunningPeer[]
  /** Those of sets. Each round of each set starts them anew. */
  readonly paired: readonly Peer[]
  readonly startAnew: (peer: Peer) => Promise<RunningPeer>
  /** Requests per second for the work at half load. */
  readonly halfRate: number
  /** A sentence for people about something that went wrong. */
  readonly note: (line: string) => void
  readonly onCell: (cell: Cell) => void
}

/** Every round asks every set, in turned order, so that a machine that gets slower does so for all alike. */
export const measureRounds = async (settings: Settings): Promise<Cell[]> => {
  const cells: Cell[] = []
  await warmAll(settings)
  const began = performance.now()
  let longest = 0
  for (let round = 0; round < settings.rounds; round++) {
    const now = performance.now()
    if (now - began + longest > settings.limitMs) {
      settings.note(`${round} of ${settings.rounds} rounds: there is no time for another`)
      break
    }
    for (const work of settings.works) {
      for (const ask of turned(asking(settings, work, round), round)) {
        const measured = await ask()
        cells.push(...measured)
        for (const cell of measured) settings.onCell(cell)
      }
    }
    longest = Math.max(longest, performance.now() - now)
  }
  return cells
}

/** Whom one round of a work asks: one after the other, or a set at a time. */
const asking = (settings: Settings, work: Work, round: number): (() => Promise<readonly Cell[]>)[] => {
  if (work.sets === null) {
    const asked = settings.peers.filter(peer => work.peers.includes(peer.name))
    return asked.map((peer, set) => () => measure(settings, { round, work, set }, [peer]))
  }
  return setsOf(work.sets, settings.paired).map((peers, set) => () => measureSet(settings, { round, work, set }, peers))
}

/** Those of each set that there are, of more than one: alone nobody takes turns, and there is nothing to compare. */
export const setsOf = (sets: NonNullable<Work['sets']>, peers: readonly Peer[]): readonly (readonly Peer[])[] =>
  sets.map(set => set.flatMap(name => peers.find(peer => peer.name === name) ?? [])).filter(set => set.length > 1)

/**
 * What is compared to a few percent is started for it, in every round: no two starts are compiled alike, and the rounds of
 * one start all have its luck.
 */
const measureSet = async (settings: Settings, place: Place, peers: readonly Peer[]): Promise<readonly Cell[]> => {
  const running: RunningPeer[] = []
  const missing: Cell[] = []
  try {
    for (const peer of peers) {
      try {
        running.push(await settings.startAnew(peer))
      } catch (error) {
        settings.note(`${peer.name}, ${place.work.name}: ${error instanceof Error ? error.message : error}`)
        missing.push({ ...NOTHING, ...NO_USAGE, ...named(place, peer), stolen: 0 })
      }
    }
    if (missing.length > 0) return missing
    for (const peer of turned(running, place.round)) await warm(place.work, peer, settings.folder)
    return await measure(settings, place, running)
  } finally {
    for (const { child, port } of running) {
      if (child !== null) await stop(child)
      removeLogs({ folder: settings.folder, port })
    }
  }
}

const named = ({ round, work, set }: Place, peer: Peer) => ({
  round,
  work: work.name,
  set,
  peer: peer.name,
  proxied: peer.launch !== null,
})

const turned = <T>(list: readonly T[], by: number): readonly T[] => {
  const cut = by % list.length
  return [...list.slice(cut), ...list.slice(0, cut)]
}

/** Above this share of stolen time a measurement says more about the neighbours, and is made again. */
const QUIET = 0.05
const ATTEMPTS = 3

interface Place {
  readonly round: number
  readonly work: Work
  readonly set: number
}

/** The quietest of at most three attempts: chosen by what the hypervisor took, never by what was measured. */
const measure = async (settings: Settings, place: Place, peers: readonly RunningPeer[]): Promise<readonly Cell[]> => {
  let best = await attempt(settings, place, peers)
  for (let i = 1; i < ATTEMPTS && best[0]!.stolen > QUIET; i++) {
    const again = await attempt(settings, place, peers)
    const [quieter, other] = again[0]!.stolen < best[0]!.stolen ? [again, best] : [best, again]
    best = quieter.map((cell, at) => ({ ...cell, errors: cell.errors + other[at]!.errors }))
  }
  return best
}

/** What is seen of a peer that died or answers nothing: an error, which voids its figures and ends nobody else's run. */
const NOTHING: Load = { requests: 0, seconds: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, errors: 1 }

/** Of requests. After 20,000 the compiler was still at work behind the gates and cost up to 20 µs each; after this, not. */
const WARM = 150_000
const LONGEST_WARM_MS = 20_000

/** What compiles as it runs, before the first round. */
const warmAll = async ({ works, peers, folder }: Settings): Promise<void> => {
  for (const work of works) {
    for (const peer of peers) if (work.sets === null && work.peers.includes(peer.name)) await warm(work, peer, folder)
  }
}

const warm = async (work: Work, peer: RunningPeer, folder: string): Promise<void> => {
  if (peer.warmsUp) await warmUp({ ...work, thinkMs: 0 }, peer, WARM, folder)
}

/** By seconds, until so many requests were answered. */
const warmUp = async (work: Work, peer: RunningPeer, enough: number, folder: string): Promise<void> => {
  const end = performance.now() + LONGEST_WARM_MS
  for (let done = 0; done < enough && performance.now() < end; ) {
    const { requests } = await wrk(work, peer.port, 1, folder).catch(() => NOTHING)
    if (requests === 0) return
    done += requests
  }
}

/** What `peers` are asked, at the same time or by turns, as long as each would be alone. */
const loadOn = async (settings: Settings, { work, round }: Place, peers: readonly RunningPeer[]): Promise<Load[]> => {
  const { seconds, halfRate, folder } = settings
  if (work.halfLoad) {
    const peer = peers[0]!
    return [await seen(settings, work, peer, h2load(work, peer.port, seconds, halfRate, folder))]
  }
  const takesTurns = peers.length > 1 && !work.atOnce
  const all = takesTurns ? seconds * peers.length : seconds
  const connections = work.atOnce ? Math.floor(CONNECTIONS / peers.length) : CONNECTIONS
  const running = peers.map(peer => startWrk(work, peer.port, all, folder, connections))
  const loads = Promise.all(running.map(({ load }, at) => seen(settings, work, peers[at]!, load)))
  if (!takesTurns) return loads
  await takeTurns(
    running.map(({ child }) => child),
    round,
    loads,
  )
  // An answer that came while its client was stopped says nothing about latency.
  const own = (load: Load): Load => ({ ...load, seconds: load.seconds / peers.length, p99Ms: Number.NaN })
  return (await loads).map(own)
}

const seen = async (settings: Settings, work: Work, peer: RunningPeer, load: Promise<Load>): Promise<Load> => {
  try {
    const found = await load
    return peer.child?.running() === false || found.requests === 0 ? NOTHING : found
  } catch (error) {
    const words = peer.child?.running() === false ? `it ended: ${peer.child.lastWords()}` : String(error)
    settings.note(`${peer.name}, ${work.name}: ${words}`)
    return NOTHING
  }
}

const attempt = async (settings: Settings, place: Place, peers: readonly RunningPeer[]): Promise<Cell[]> => {
  const { work } = place
  for (const peer of peers) await warmUp(work, peer, 1, settings.folder)
  const ticks = machineTicks()
  const before = peers.map(usageOfPeer)
  const loads = await loadOn(settings, place, peers)
  const after = peers.map(usageOfPeer)
  const ticksAfter = machineTicks()
  const stolen = (ticksAfter.stolen - ticks.stolen) / Math.max(1, ticksAfter.all - ticks.all)
  return peers.map((peer, i) => ({
    ...loads[i]!,
    ...named(place, peer),
    userUs: after[i]!.userUs - before[i]!.userUs,
    systemUs: after[i]!.systemUs - before[i]!.systemUs,
    rssKb: after[i]!.rssKb,
    stolen,
  }))
}

const NO_USAGE: Usage = { userUs: 0, systemUs: 0, rssKb: 0 }

const usageOfPeer = (peer: RunningPeer): Usage => (peer.child === null ? NO_USAGE : usageOf(peer.child.pid))
