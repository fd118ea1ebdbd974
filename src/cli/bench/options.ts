import { parseDuration, parseSize } from '../../spec/units.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type Budget, parseBudgets } from './budget.ts'

/** As they stand on the command line. */
export interface RawBenchOptions {
  readonly route: readonly string[]
  readonly path?: string
  readonly header: readonly string[]
  readonly body?: string
  readonly listener?: string
  readonly url?: string
  readonly generator: string
  readonly pid?: string
  readonly workers: string
  readonly stub?: boolean
  readonly stubSize: string
  readonly stubLatency: string
  readonly rate: string
  readonly maxRate: string
  readonly duration: string
  readonly warmup: string
  readonly rounds: string
  readonly connections: string
  readonly maxRequests: string
  readonly maxTime: string
  readonly policies: boolean
  readonly search: boolean
  readonly keepLimits?: boolean
  readonly budget: readonly string[]
  readonly json?: boolean
  readonly svg?: string
  readonly allowRemote?: boolean
}

export interface BenchOptions {
  readonly routes: readonly string[]
  readonly path: string | undefined
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** `@file` is read later. */
  readonly body: string
  readonly listener: string | undefined
  /** Of a gateway that runs. */
  readonly url: URL | undefined
  readonly pid: number | undefined
  /** Whose full speed is measured in place of the search. */
  readonly generator: 'own' | 'wrk'
  readonly workers: number
  readonly stub: { readonly bytes: number; readonly latencyMs: number } | undefined
  readonly rate: number
  readonly maxRate: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly rounds: number
  readonly connections: number
  readonly maxRequests: number
  readonly maxTimeMs: number
  readonly policies: boolean
  readonly search: boolean
  readonly keepLimits: boolean
  readonly budgets: readonly Budget[]
  readonly json: boolean
  readonly svg: string | undefined
  readonly allowRemote: boolean
}

/** Throws a CommandError for whatever cannot be meant. */
export const readBenchOptions = (raw: RawBenchOptions): BenchOptions => ({
  routes: raw.route,
  path: raw.path,
  headers: raw.header.map(readField),
  body: raw.body ?? '',
  listener: raw.listener,
  url: raw.url === undefined ? undefined : readUrl(raw.url),
  pid: raw.pid === undefined ? undefined : whole('--pid', raw.pid, 1, 2 ** 31),
  generator: readGenerator(raw.generator),
  workers: whole('--workers', raw.workers, 1, 256),
  stub: raw.stub === true ? { bytes: size(raw.stubSize), latencyMs: latency(raw.stubLatency) } : undefined,
  rate: whole('--rate', raw.rate, 1, MOST_RATE),
  maxRate: whole('--max-rate', raw.maxRate, 1, MOST_RATE),
  durationMs: duration('--duration', raw.duration, 100, 60_000),
  warmupMs: duration('--warmup', raw.warmup, 0, 60_000),
  rounds: whole('--rounds', raw.rounds, 1, 100),
  connections: whole('--connections', raw.connections, 1, 4096),
  maxRequests: whole('--max-requests', raw.maxRequests, 1, 1e9),
  maxTimeMs: duration('--max-time', raw.maxTime, 1000, 3_600_000),
  policies: raw.policies,
  search: raw.search,
  keepLimits: raw.keepLimits === true,
  budgets: parseBudgets(raw.budget),
  json: raw.json === true,
  svg: raw.svg,
  allowRemote: raw.allowRemote === true,
})

const readGenerator = (text: string): 'own' | 'wrk' => {
  if (text === 'own' || text === 'wrk') return text
  throw usage(`--generator ${text} is unknown; use own or wrk`)
}

const MOST_RATE = 1_000_000

const whole = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw usage(`${name} ${text} is not a number from ${least} to ${most}`)
}

const duration = (name: string, text: string, least: number, most: number): number => {
  const ms = parseDuration(text)
  if (ms !== undefined && ms >= least && ms <= most) return ms
  throw usage(`${name} ${text} is not a time from ${least}ms to ${most / 1000}s; write 500ms or 2s`)
}

const MOST_BODY = 8 * 1024 * 1024

const size = (text: string): number => {
  const bytes = parseSize(text)
  if (bytes !== undefined && bytes <= MOST_BODY) return bytes
  throw usage(`--stub-size ${text} is not a size up to 8MiB; write 200B or 4KiB`)
}

const latency = (text: string): number => duration('--stub-latency', text, 0, 60_000)

/** What would end the head early, or is no byte, cannot be meant. */
const readField = (line: string): readonly [string, string] => {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line) ?? []
  if (name !== undefined && value !== undefined) return [name, value]
  // Not repeated: it may be a token.
  throw usage('-H is not a header; write "name: value"')
}

const readUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '') return url
  throw usage(`--url ${text} is not the address of a gateway; write http://127.0.0.1:8080`)
}

const usage = (message: string): CommandError => new CommandError(message, EXIT.usage)
