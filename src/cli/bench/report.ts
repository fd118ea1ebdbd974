import { section } from '../columns.ts'
import { curvesOf } from './curves.ts'
import { showMs, showMsSpread, showPart, showRate, showUsSpread } from './figures.ts'
import { type PlotOptions, plot } from './plot.ts'
import type {
  BenchResult,
  FixedResult,
  FullSpeedResult,
  FullSpeedWay,
  PolicyCost,
  RouteResult,
  SearchResult,
  WayFigures,
} from './results.ts'

/** What is said at the terminal. */
export const reportText = (result: BenchResult, options: PlotOptions): string => {
  const lines = [
    ...result.routes.flatMap(route => ['', ...routeLines(route, result, options)]),
    '',
    ...result.broken.map(sentence => `over budget: ${sentence}`),
  ]
  return `${lines.map(printable).join('\n').trim()}\n`
}

const routeLines = (route: RouteResult, result: BenchResult, options: PlotOptions): readonly string[] => [
  route.title,
  ...route.warnings.map(warning => `  ! ${warning}`),
  '',
  ...fixedLines(route.fixed, result),
  ...(route.policies === undefined ? [] : ['', ...policyLines(route.policies)]),
  ...(route.fullSpeed === undefined ? [] : ['', ...fullSpeedLines(route.fullSpeed)]),
  ...(route.search === undefined ? [] : ['', ...searchLines(route.search, options)]),
]

const fixedLines = (fixed: FixedResult, { rate, rounds, durationMs, workers }: BenchResult): readonly string[] => {
  const { through, direct, noDirect, overhead, cpuUs } = fixed
  const cpu = 'none' in cpuUs ? `not known: ${cpuUs.none}` : `${showUsSpread(cpuUs)} per request`
  const late = showMs(Math.max(through.lateness, direct?.lateness ?? 0))
  const table = section(
    `At ${showRate(rate)}, ${count(rounds, 'round')} of ${showMs(durationMs)}, ${count(workers, 'worker')}; median of the rounds (least to most)`,
    [
      ['', 'p50', 'p90', 'p99', 'errors'],
      ...(direct === undefined ? [] : [wayRow('direct', direct)]),
      wayRow('through', through),
      ...(overhead === undefined ? [] : [['overhead', showMsSpread(overhead.p50), '', showMsSpread(overhead.p99), '']]),
    ],
  )
  return [
    ...table.trimEnd().split('\n'),
    '',
    ...(noDirect === undefined ? [] : [`  ${noDirect}`]),
    `  CPU of the gateway: ${cpu}`,
    `  the generator was late by ${late} at p99, which is in the latencies${direct === undefined ? '' : ' of both ways'}`,
  ]
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`

const wayRow = (name: string, { p50, p90, p99, errors }: WayFigures): readonly string[] => [
  name,
  ...[p50, p90, p99].map(showMsSpread),
  showPart(errors),
]

const policyLines = (policies: readonly PolicyCost[] | { readonly none: string }): readonly string[] => {
  if ('none' in policies) return [`What each policy costs: ${policies.none}`]
  if (policies.length === 0) return ['The route has no policies that could be left out.']
  const rows = policies.map(({ name, saves, clear, note }) => [
    name,
    `${showUsSpread(saves)}${clear ? '' : ': within noise'}${note === undefined ? '' : `; ${note}`}`,
  ])
  return section('CPU per request that is saved by leaving out', rows).trimEnd().split('\n')
}

const fullSpeedLines = ({ connections, through, direct, cpuUs }: FullSpeedResult): readonly string[] => {
  const way = (name: string, { perSecond, p50, p99, errors }: FullSpeedWay): readonly string[] => [
    name,
    `${showRate(perSecond.median)} (${showRate(perSecond.least)} to ${showRate(perSecond.most)})`,
    showMsSpread(p50),
    showMsSpread(p99),
    String(errors),
  ]
  const rows = [
    ['', 'requests', 'p50', 'p99', 'errors'],
    ...(direct === undefined ? [] : [way('direct', direct)]),
    way('through', through),
  ]
  return [
    ...section(`At full speed, by wrk over ${connections} connections`, rows).trimEnd().split('\n'),
    '',
    ...(cpuUs === undefined ? [] : [`  CPU of the gateway: ${showUsSpread(cpuUs)} per request`]),
    '  a closed loop: it waits for each answer, so these latencies leave out what a stall would have hit',
  ]
}

const searchLines = (search: SearchResult, options: PlotOptions): readonly string[] => {
  const { through, verdict } = search
  return [
    'Latency against rate',
    ...plot(curvesOf(search), options).flatMap(line => line.split('\n')),
    '',
    through.bentAt === undefined
      ? `It does not bend up to ${showRate(through.held)}, the most that was tried (--max-rate).`
      : `${through.held === 0 ? 'No rate is held' : `${showRate(through.held)} are held`}; it bends at ${showRate(through.bentAt.rate)}: ${through.bentAt.bends}.`,
    ...(verdict === undefined ? [] : [`Bottleneck: ${verdict.says}.`, ...verdict.because.map(line => `  ${line}`)]),
  ]
}

/** What services and configurations say cannot move the cursor; colours of the plot are ours. */
const printable = (text: string): string => text.replace(/[\u0000-\u001a\u001c-\u001f\u007f-\u009f]/g, '?')
