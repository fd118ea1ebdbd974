import type { Figure, Spread } from './figures.ts'
import type { IdleFigure } from './idle.ts'
import type { Machine } from './machine.ts'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { WORKS, type Work } from './works.ts'

export interface Results {
  readonly machine: Machine
  readonly upstream: string
  readonly rounds: number
  readonly seconds: number
  /** Requests per second of the work at half load; 0 when it was not measured. */
  readonly halfRate: number
  /** Share of the machine's CPU time that its hypervisor gave to others during the run. */
  readonly stolen: number
  readonly skipped: readonly string[]
  readonly figures: readonly Figure[]
  readonly idle: readonly IdleFigure[]
}

type Row = readonly string[]

const number = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits))

const ratio = (value: number | null | undefined): string => (value == null ? '–' : `${value.toFixed(2)} ×`)

const titleOf = (list: readonly { name: string; title: string }[], name: string): string =>
  list.find(one => one.name === name)?.title ?? name

const DETAIL: Row = [
  'proxy',
  'CPU µs / request',
  'user',
  'system',
  '× nginx (least – most)',
  'requests / s',
  '× nginx',
  'p50 ms',
  'p99 ms',
  'memory MB',
]

const detailRow = (figure: Figure, perGb: boolean): Row => {
  const title = titleOf(PEERS, figure.peer)
  if (figure.errors > 0) return [title, `void: ${figure.errors} errors`, ...Array(perGb ? 9 : 8).fill('–')]
  const to = figure.toNginx
  const cells = [
    title,
    number(figure.cpuUs, 1),
    number(figure.userUs, 1),
    number(figure.systemUs, 1),
    to === null ? '–' : `${ratio(to.median)} (${to.least.toFixed(2)} – ${to.most.toFixed(2)})`,
    number(figure.requestsPerSecond, 0),
    ratio(figure.rpsToNginx),
    number(figure.p50Ms, 2),
    number(figure.p99Ms, 2),
    number(figure.rssMb, 0),
  ]
  return perGb ? [...cells, number(figure.cpuPerGb, 2)] : cells
}

/** One table per work, everything that was measured. */
export const detailTables = (results: Results): { title: string; rows: readonly Row[] }[] =>
  WORKS.flatMap(work => {
    const figures = results.figures.filter(figure => figure.work === work.name)
    if (figures.length === 0) return []
    const head = work.perGb ? [...DETAIL, 'CPU s / GB'] : DETAIL
    const title = work.halfLoad ? `${work.title} (${results.halfRate} requests / s)` : work.title
    return [{ title, rows: [head, ...figures.map(figure => detailRow(figure, work.perGb))] }]
  })

/** One row a peer, one column a work: CPU and its ratio to nginx; latency where the load is the same for all. */
export const mainTable = (results: Results): readonly Row[] => {
  const isMain = (work: Work): boolean => !work.credentials && !work.aggregate
  const works = WORKS.filter(work => isMain(work) && results.figures.some(figure => figure.work === work.name))
  const isIn = (peer: Peer): boolean => works.some(work => figureIn(results, work, peer) !== undefined)
  const peers = PEERS.filter(peer => peer.launch && isIn(peer))
  const head = ['CPU of the proxy', ...works.map(work => (work.halfLoad ? 'half load: p50 · p99' : work.title))]
  return [head, ...peers.map(peer => [peer.title, ...works.map(work => mainCell(figureIn(results, work, peer), work))])]
}

const figureIn = (results: Results, work: Work, peer: Peer): Figure | undefined =>
  results.figures.find(figure => figure.work === work.name && figure.peer === peer.name)

/** What it costs to know who asks, how often, and to write it down: a table for each way to load it that was measured. */
export const guardTables = (results: Results): readonly (readonly Row[])[] =>
  WORKS.filter(work => work.credentials).flatMap(work => {
    const figures = PEERS.flatMap(peer => figureIn(results, work, peer) ?? [])
    if (figures.length === 0) return []
    return [[[work.title, 'CPU', '× nginx', 'over Sallyport without (least – most)'], ...figures.map(guardRow)]]
  })

/** What it costs to make one answer of four, beside passing one on; no rows but the head where it was not measured. */
export const aggregateTable = (results: Results): readonly Row[] => {
  const rows = WORKS.filter(work => work.aggregate).flatMap(work =>
    PEERS.flatMap(peer => figureIn(results, work, peer) ?? []).map(figure => aggregateRow(work, figure)),
  )
  return [['', 'CPU', '× nginx passing one on', '× Sallyport passing one on'], ...rows]
}

const aggregateRow = (work: Work, figure: Figure): Row => {
  const title = `${work.title}: ${titleOf(PEERS, figure.peer)}`
  if (figure.errors > 0) return [title, 'void', '–', '–']
  return [title, `${number(figure.cpuUs, 1)} µs`, ratio(figure.toNginx?.median), ratio(figure.toPlain?.median)]
}

const guardRow = (figure: Figure): Row => {
  const title = titleOf(PEERS, figure.peer)
  if (figure.errors > 0) return [title, 'void', '–', '–']
  const over = figure.peer.startsWith('sallyport-') ? figure.toPlain : null
  return [title, `${number(figure.cpuUs, 1)} µs`, ratio(figure.toNginx?.median), over === null ? '–' : more(over)]
}

/** 1.05 is + 5 %. */
const more = ({ median, least, most }: Spread): string => `${percent(median)} % (${percent(least)} – ${percent(most)})`

const percent = (ratio: number): string => {
  const value = Math.round((ratio - 1) * 100)
  return `${value < 0 ? '−' : '+'} ${Math.abs(value)}`
}

const mainCell = (figure: Figure | undefined, work: { perGb: boolean; halfLoad: boolean }): string => {
  if (figure === undefined) return '–'
  if (figure.errors > 0) return 'void'
  if (work.halfLoad) return `${number(figure.p50Ms, 2)} · ${number(figure.p99Ms, 2)} ms`
  const cost = work.perGb ? `${number(figure.cpuPerGb, 2)} s/GB` : `${number(figure.cpuUs, 1)} µs`
  return figure.toNginx === null ? cost : `${cost} · ${ratio(figure.toNginx.median)}`
}

export const idleTable = (idle: readonly IdleFigure[]): readonly Row[] => [
  ['idle', 'memory MB', `connections`, 'KB each'],
  ...idle.map(one => [
    one.title,
    number(one.idleMb, 1),
    String(one.connections),
    one.connections > 0 ? number(one.kbEach, 1) : '–',
  ]),
]

export const asMarkdown = (rows: readonly Row[]): string => {
  const line = (row: Row): string => `| ${row.join(' | ')} |`
  const [head, ...rest] = rows
  return [line(head!), `|${head!.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`, ...rest.map(line)].join('\n')
}

export const asText = (rows: readonly Row[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const pad = (text: string, i: number): string => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
  return rows.map(row => row.map(pad).join('  ')).join('\n')
}

const circumstances = (results: Results): string => {
  const { machine, stolen } = results
  const lines = [
    `Commit ${machine.commit}, ${machine.date} UTC. ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Linux ${machine.kernel};`,
    `${machine.versions.join(', ')}. One worker each, 64 keep-alive connections, upstream ${results.upstream} on the same`,
    `machine. Median of ${results.rounds} rounds of ${results.seconds} s, peers in turn; × is to nginx in the same round.`,
  ]
  const noise = `**Not a quiet machine:** ${(stolen * 100).toFixed(0)} % of its CPU time was taken away during the run.`
  return (stolen > 0.05 ? [...lines, noise] : lines).join('\n')
}

/** What belongs between the bench marks of the README. */
export const readmePart = (results: Results): string =>
  `${[mainTable(results), ...guardTables(results), aggregateTable(results)]
    .filter(rows => rows.length > 1)
    .map(asMarkdown)
    .join('\n\n')}\n\n${circumstances(results)}\n`

export const resultsPage = (results: Results): string =>
  [
    '# Results of the last run',
    '',
    'Written by `npm run bench`; the work is described in bench/README.md. CPU is that of the proxy and its children, user and',
    'system, from `/proc`; memory is resident, after the run.',
    '',
    readmePart(results),
    ...detailTables(results).flatMap(table => [`## ${table.title}`, '', asMarkdown(table.rows), '']),
    ...(results.idle.length > 0 ? ['## Memory when idle', '', asMarkdown(idleTable(results.idle)), ''] : []),
    ...(results.skipped.length > 0 ? ['## Skipped', '', ...results.skipped.map(line => `- ${line}`), ''] : []),
  ].join('\n')
