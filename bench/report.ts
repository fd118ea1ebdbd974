import { type Bar, barChart, inWords } from './chart.ts'
import type { Figure, Spread } from './figures.ts'
import type { IdleFigure } from './idle.ts'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { figuresOf, type Part, type Results } from './results.ts'
import { WORKS, type Work } from './works.ts'

type Row = readonly string[]

const number = (value: number | null, digits: number): string =>
  value === null || Number.isNaN(value) ? '–' : value.toFixed(digits)

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
    const part = results.parts.find(one => one.work === work.name)
    if (part === undefined) return []
    const head = work.perGb ? [...DETAIL, 'CPU s / GB'] : DETAIL
    const title = work.halfLoad ? `${work.title} (${part.halfRate} requests / s)` : work.title
    return [{ title, rows: [head, ...part.figures.map(figure => detailRow(figure, work.perGb))] }]
  })

/** One row a peer, one column a work: CPU and its ratio to nginx; latency where the load is the same for all. */
export const mainTable = (results: Results): readonly Row[] => {
  const isMain = (work: Work): boolean => !work.credentials && !work.aggregate && work.routes === 0
  const works = WORKS.filter(work => isMain(work) && results.parts.some(part => part.work === work.name))
  const isIn = (peer: Peer): boolean => works.some(work => figureIn(results, work, peer) !== undefined)
  const peers = PEERS.filter(peer => peer.launch && isIn(peer))
  const head = ['CPU of the proxy', ...works.map(work => (work.halfLoad ? 'half load: p50 · p99' : work.title))]
  return [head, ...peers.map(peer => [peer.title, ...works.map(work => mainCell(figureIn(results, work, peer), work))])]
}

const figureIn = (results: Results, work: Work, peer: Peer): Figure | undefined =>
  figuresOf(results).find(figure => figure.work === work.name && figure.peer === peer.name)

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

/** How much of a table of routes is paid for by each request. */
export const routesTable = (results: Results): readonly Row[] => {
  const works = WORKS.filter(work => work.routes > 0 && results.parts.some(part => part.work === work.name))
  const row = (i: number): Row => {
    const of = (work: Work): Peer => PEERS.find(peer => peer.name === work.peers[i])!
    return [of(works[0]!).title.split(',')[0]!, ...works.map(work => mainCell(figureIn(results, work, of(work)), work))]
  }
  const head = ['CPU of the proxy', ...works.map(work => `${work.routes.toLocaleString('en')} routes`)]
  return [head, ...(works[0]?.peers.map((_, i) => row(i)) ?? [])]
}

const CHARTED = WORKS.find(work => work.name === 'get-1k')!

/** User and system time as shares of the median of their sum, which the sum of their medians is not. */
const bars = (results: Results): Bar[] =>
  figuresOf(results)
    .filter(figure => figure.work === CHARTED.name && figure.errors === 0)
    .flatMap(({ peer, cpuUs, userUs, systemUs }) => {
      if (cpuUs === null || userUs === null || systemUs === null) return []
      const scale = cpuUs / (userUs + systemUs)
      const own = peer.startsWith('sallyport')
      return [{ title: titleOf(PEERS, peer), userUs: userUs * scale, systemUs: systemUs * scale, own }]
    })

/** Null when its work was not measured. */
export const cpuChart = (results: Results): string | null => {
  const all = bars(results)
  return all.length === 0 ? null : barChart('CPU of the proxy per request', `${CHARTED.title}; one worker each`, all)
}

/** Of what is shown: `3`, or `3 – 7` where it differs. */
const range = <T extends string | number>(values: readonly T[]): string => {
  const sorted = [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
  return sorted.length > 1 ? `${sorted[0]} – ${sorted.at(-1)}` : `${sorted[0] ?? '–'}`
}

const circumstances = ({ machine, parts }: Results): string => {
  const all = (value: (part: Part) => string | number): string => range(parts.map(value))
  const lines = [
    `Commit ${machine.commit}, ${all(part => part.date)} UTC. ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Linux ${machine.kernel};`,
    `${machine.versions.join(', ')}. One worker each, 64 keep-alive connections, upstream ${all(part => part.upstream)} on the same`,
    `machine. Median of ${all(part => part.rounds)} rounds of ${all(part => part.seconds)} s, peers in turn; × is to nginx in the same round.`,
  ]
  const noisy = parts.filter(part => part.stolen > 0.05)
  const most = Math.max(...noisy.map(part => part.stolen))
  const noise = `**Not a quiet machine:** up to ${(most * 100).toFixed(0)} % of its CPU time was taken away during ${noisy.map(part => part.work).join(', ')}.`
  return (noisy.length > 0 ? [...lines, noise] : lines).join('\n')
}

/** What belongs between the bench marks of the README. */
export const readmePart = (results: Results): string => {
  const all = bars(results)
  const picture = all.length === 0 ? [] : [`![CPU of the proxy per request: ${inWords(all)}](bench/results/cpu.svg)`]
  const tables = [mainTable(results), ...guardTables(results), aggregateTable(results), routesTable(results)]
    .filter(rows => rows.length > 1)
    .map(asMarkdown)
  return `${[...picture, ...tables].join('\n\n')}\n\n${circumstances(results)}\n`
}

export const resultsPage = (results: Results): string => {
  const skipped = [...new Set(results.parts.flatMap(part => part.skipped))]
  return [
    `# Results of ${results.machine.commit}`,
    '',
    'Written by `node bench/publish.ts`; the work is described in bench/README.md. CPU is that of the proxy and its children, user',
    'and system, from `/proc`; memory is resident, after the run.',
    '',
    readmePart(results).replace('](bench/results/', '](results/'),
    ...detailTables(results).flatMap(table => [`## ${table.title}`, '', asMarkdown(table.rows), '']),
    ...(results.idle.length > 0 ? ['## Memory when idle', '', asMarkdown(idleTable(results.idle)), ''] : []),
    ...(skipped.length > 0 ? ['## Skipped', '', ...skipped.map(line => `- ${line}`), ''] : []),
  ].join('\n')
}
