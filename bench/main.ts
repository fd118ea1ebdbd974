import { stopAll, temporaryFolder } from './children.ts'
import { writeCredentials } from './credentials.ts'
import { cpuUs, figureOf } from './figures.ts'
import { type IdleFigure, measureIdle } from './idle.ts'
import { CONNECTIONS } from './load.ts'
import { describeMachine, type Machine } from './machine.ts'
import { type Options, parseOptions, USAGE } from './options.ts'
import type { Peer, RunningPeer } from './peer.ts'
import { startPeer } from './peers.ts'
import { installed } from './places.ts'
import { aggregateTable, asText, detailTables, guardTables, idleTable, routesTable } from './report.ts'
import { type Part, type Results, together } from './results.ts'
import { type Cell, measureRounds, setsOf } from './rounds.ts'
import { saveCells, savedResults, saveResults } from './save.ts'
import { startUpstream } from './upstream.ts'
import { WORKS, type Work } from './works.ts'
import { wrk } from './wrk.ts'

/** `npm run bench`: all peers side by side on this machine; see bench/README.md. */
const main = async (options: Options): Promise<void> => {
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: it runs on Linux only')
  if (!installed('wrk')) throw new Error('wrk is not installed (Debian: apt-get install wrk)')
  const machine = describeMachine()
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ')
  if (options.save) checkSaving(machine)
  const folder = temporaryFolder()
  const skipped: string[] = []
  const skip = (line: string): void => {
    skipped.push(line)
    say(`skipped: ${line}`)
  }

  const works = options.works.filter(work => !work.halfLoad || installed('h2load'))
  if (works.length < options.works.length)
    skip('half-load: h2load is not installed (Debian: apt-get install nghttp2-client)')
  const upstream = await startUpstream(folder)
  const client = writeCredentials(folder)
  const namesOf = (some: readonly Work[]): Set<string> => new Set(some.flatMap(work => work.peers))
  const there = present(options.peers, namesOf(works), skip)
  const inPairs = namesOf(works.filter(work => work.sets !== null))
  const alone = namesOf(works.filter(work => work.sets === null))
  const startAnew = (peer: Peer): Promise<RunningPeer> =>
    startPeer(peer, upstream.port, folder, client).catch(error => {
      // Its port may have been taken since it was found to be free.
      say(`${peer.name}: ${messageOf(error)}; it is started again`)
      return startPeer(peer, upstream.port, folder, client)
    })
  const paired = there.filter(peer => inPairs.has(peer.name))
  const arePairs = works.some(work => work.sets !== null && setsOf(work.sets, paired).length > 0)
  const peers = await startPeers(
    there.filter(peer => alone.has(peer.name)),
    startAnew,
    skip,
  )
  if (!arePairs && peers.length === 0 && !options.idle) throw new Error('nothing to measure')
  const note = (line: string): void => {
    if (!skipped.includes(line)) skipped.push(line)
    say(line)
  }
  const halfRate = peers.length > 0 && works.some(work => work.halfLoad) ? await halfOfMost(peers, folder) : 0

  const { rounds, seconds } = options
  say(`about ${minutes(options, works, peers, paired)} minutes`)
  const limitMs = options.minutes * 60_000
  const asked = { works, peers, paired, startAnew, halfRate }
  const cells = await measureRounds({ rounds, seconds, limitMs, folder, ...asked, note, onCell: report })
  const idle = options.idle ? await measureIdleOf(options, upstream.port, folder, skip) : []

  const part = (work: Work): Part => {
    const own = cells.filter(cell => cell.work === work.name)
    return {
      work: work.name,
      date,
      rounds: new Set(own.map(cell => cell.round)).size,
      seconds,
      upstream: upstream.kind,
      halfRate: work.halfLoad ? halfRate : 0,
      stolen: meanStolen(own.filter(cell => cell.requests > 0)),
      skipped,
      figures: options.peers.flatMap(peer => figureOf(work, peer.name, cells) ?? []),
    }
  }
  const results: Results = { machine, parts: works.map(part), idle }
  print(results)
  say(`wrote ${saveCells(results, cells, date)}`)
  if (options.save) say(`wrote ${saveResults(results)}`)
}

const meanStolen = (cells: readonly Cell[]): number =>
  cells.reduce((sum, cell) => sum + cell.stolen, 0) / Math.max(1, cells.length)

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Before an hour is spent: what is there must be of this commit and this machine. */
const checkSaving = (machine: Machine): void => {
  if (machine.commit.endsWith('-dirty')) throw new Error('--save: src/ or bench/ differ from the commit; commit first')
  const earlier = savedResults(machine.commit)
  if (earlier !== null) together(earlier.machine, machine)
}

/**
 * Each measurement has a second of warm-up before it; what compiles as it runs has more of it before the first round, or in
 * every round where it is started anew. A noisy machine makes some measurements again.
 */
const minutes = (
  { rounds, seconds, minutes: most }: Options,
  works: readonly Work[],
  peers: readonly RunningPeer[],
  paired: readonly Peer[],
): number => {
  let sum = 0
  for (const work of works) {
    if (work.sets === null) {
      const asked = peers.filter(peer => work.peers.includes(peer.name))
      sum += asked.length * rounds * (seconds + 1.2) + asked.filter(peer => peer.warmsUp).length * WARM_SECONDS
    } else {
      for (const set of setsOf(work.sets, paired)) {
        const each = (work.atOnce ? seconds : seconds * set.length) + set.length * 2.2
        sum += rounds * (each + set.filter(peer => peer.warmsUp).length * WARM_SECONDS)
      }
    }
  }
  return Math.min(most, Math.ceil(sum / 60))
}

/** By experience; at most `LONGEST_WARM_MS`. */
const WARM_SECONDS = 5

const say = (line: string): void => console.error(line)

const present = (peers: readonly Peer[], names: ReadonlySet<string>, skip: (line: string) => void): Peer[] =>
  peers.filter(peer => {
    const missing = names.has(peer.name) ? peer.missing() : null
    if (missing !== null) skip(`${peer.name}: ${missing}`)
    return names.has(peer.name) && missing === null
  })

const startPeers = async (
  peers: readonly Peer[],
  startAnew: (peer: Peer) => Promise<RunningPeer>,
  skip: (line: string) => void,
): Promise<RunningPeer[]> => {
  const running: RunningPeer[] = []
  for (const peer of peers) {
    try {
      running.push(await startAnew(peer))
    } catch (error) {
      skip(`${peer.name}: ${messageOf(error)}`)
    }
  }
  return running
}

/**
 * Half of the requests per second that nginx (else the first peer) can do, as a multiple of the connections. The best
 * of three tries: noise only ever makes it less.
 */
const halfOfMost = async (peers: readonly RunningPeer[], folder: string): Promise<number> => {
  const first = peers.find(peer => peer.name === 'nginx') ?? peers.find(peer => peer.child !== null) ?? peers[0]!
  let most = 0
  for (let i = 0; i < 3; i++) {
    const seen = await wrk(WORKS[0]!, first.port, 2, folder)
    most = Math.max(most, seen.requests / seen.seconds)
  }
  return Math.floor(most / 2 / CONNECTIONS) * CONNECTIONS
}

const report = (cell: Cell): void => {
  const cost = cell.proxied && cell.requests > 0 ? `${cpuUs(cell).toFixed(1)} µs` : '–'
  const shown = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const rate = `${shown(cell.requests / cell.seconds, 0)}/s`
  const latency = `p50 ${shown(cell.p50Ms, 2)} p99 ${shown(cell.p99Ms, 2)} ms`
  const bad = cell.errors > 0 ? `  ${cell.errors} ERRORS` : ''
  const stolen = cell.stolen > 0.02 ? `  ${(cell.stolen * 100).toFixed(0)} % stolen` : ''
  say(
    `round ${cell.round + 1}  ${cell.work.padEnd(10)} ${cell.peer.padEnd(15)} ${cost.padStart(10)}  ${rate.padStart(9)}  ${latency}${bad}${stolen}`,
  )
}

const measureIdleOf = async (
  options: Options,
  upstream: number,
  folder: string,
  skip: (line: string) => void,
): Promise<IdleFigure[]> => {
  const wanted = options.peers.map(peer => peer.name)
  return measureIdle({ upstream, folder, wanted, connections: 10_000, skip })
}

const print = (results: Results): void => {
  for (const table of detailTables(results)) console.log(`\n${table.title}\n${asText(table.rows)}`)
  for (const table of [...guardTables(results), aggregateTable(results), routesTable(results)]) {
    if (table.length > 1) console.log(`\n${asText(table)}`)
  }
  if (results.idle.length > 0) console.log(`\n${asText(idleTable(results.idle))}`)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options === null) console.log(USAGE)
  else await main(options)
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : error}`)
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) say(USAGE)
  process.exitCode = 1
} finally {
  await stopAll()
}
