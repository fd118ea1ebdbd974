import { readFileSync } from 'node:fs'
import findMyWay, { type HTTPMethod } from 'find-my-way'
import { NO_HEADERS } from '../../src/base/headers.ts'
import { compileRouter, type MatchInput } from '../../src/routing/router.ts'
import type { RouteSpec } from '../../src/spec/spec.ts'
import { OPEN } from '../../src/spec/testing.ts'

/**
 * Nanoseconds a lookup, ours and find-my-way's (`find`, without its handler call), and milliseconds to compile.
 * Every operation is asked for equally often, in a shuffled order, with values for its parameters. Paths come twice:
 * as strings of their own, and as slices of a request head, which is what the parser delivers.
 */
interface Operation {
  readonly method: string
  readonly pattern: string
}

interface Ask {
  readonly method: string
  readonly path: string
}

const ROUNDS = 9
const GITHUB = new URL('../../../shared/data/routes-github.json', import.meta.url)

const github = (): Operation[] | undefined => {
  try {
    const rows = JSON.parse(readFileSync(GITHUB, 'utf8')) as [string, string][]
    // One operation has two parameters in a segment, which is not a pattern here.
    return rows.map(([method, pattern]) => ({ method, pattern })).filter(({ pattern }) => !/\}[^/]/.test(pattern))
  } catch {
    return undefined
  }
}

/** 10,000 operations over 2,500 paths of a hundred services. */
const generated = (): Operation[] => {
  const operations: Operation[] = []
  for (let i = 0; i < 2500; i++) {
    const base = `/services/service-${i % 100}/v${1 + (i % 3)}/resource-${Math.floor(i / 100)}`
    for (const [method, end] of [
      ['GET', ''],
      ['POST', ''],
      ['GET', '/{id}'],
      ['DELETE', '/{id}/items/{item}'],
    ] as const) {
      operations.push({ method, pattern: base + end })
    }
  }
  return operations
}

/** A linear congruential generator: the same order in every run. */
const shuffled = <T>(items: readonly T[]): T[] => {
  const result = [...items]
  let seed = 1
  for (let i = result.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    const j = seed % (i + 1)
    ;[result[i], result[j]] = [result[j]!, result[i]!]
  }
  return result
}

const asksOf = (operations: readonly Operation[], sliced: boolean): Ask[] =>
  shuffled(operations).map(({ method, pattern }, i) => {
    const path = pattern.replaceAll(/\{([\w-]+)\}/g, (_, name) => `${name}-${i}`)
    if (!sliced) return { method, path: Buffer.from(path, 'latin1').toString('latin1') }
    const head = Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: api.example.com\r\n\r\n`, 'latin1').toString('latin1')
    return { method, path: head.slice(method.length + 1, method.length + 1 + path.length) }
  })

const specOf = ({ method, pattern }: Operation, index: number): RouteSpec => ({
  name: `${method} ${pattern}`,
  index,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'path', pattern },
  methods: [method],
  headers: [],
  query: [],
  action: { kind: 'respond', status: 204, headers: [], body: '' },
  totalMs: 0,
  ...OPEN,
})

type Lookup = (asks: readonly Ask[]) => number

const ours = (operations: readonly Operation[]): Lookup => {
  const router = compileRouter(operations.map(specOf).map(spec => ({ spec })))
  const q: { -readonly [K in keyof MatchInput]: MatchInput[K] } = {
    method: '',
    host: 'api.example.com',
    listener: 'web',
    path: '',
    query: '',
    headers: NO_HEADERS,
    params: [],
  }
  return asks => {
    let found = 0
    for (const ask of asks) {
      q.method = ask.method
      q.path = ask.path
      if (router.match(q) !== null) found++
    }
    return found
  }
}

const theirs = (operations: readonly Operation[]): Lookup => {
  const router = findMyWay()
  const handler = () => {}
  for (const { method, pattern } of operations) {
    // A hyphen would end its parameter's name.
    const path = pattern.replaceAll(/\{([\w-]+)\}/g, (_, name) => `:${name.replaceAll('-', '_')}`)
    router.on(method as HTTPMethod, path, handler)
  }
  return asks => {
    let found = 0
    for (const ask of asks) if (router.find(ask.method as HTTPMethod, ask.path) !== null) found++
    return found
  }
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!

/** Rounds of both taken in turns, so that whatever else the machine does hits both. */
const measure = (lookups: readonly Lookup[], asks: readonly Ask[]): number[] => {
  const repeats = Math.ceil(60_000 / asks.length)
  const times = lookups.map((): number[] => [])
  for (let round = 0; round < ROUNDS + 2; round++) {
    for (const [i, lookup] of lookups.entries()) {
      const started = cpuMs()
      for (let n = 0; n < repeats; n++) if (lookup(asks) !== asks.length) throw new Error('a lookup found nothing')
      const perLookup = ((cpuMs() - started) * 1e6) / (repeats * asks.length)
      // The first two rounds warm up.
      if (round > 1) times[i]!.push(perLookup)
    }
  }
  return times.map(median)
}

/** Of this thread: what the machine does beside is not counted. */
const cpuMs = (): number => process.threadCpuUsage().user / 1000

const compileMs = (make: () => unknown): number => {
  const times: number[] = []
  for (let i = 0; i < 5; i++) {
    const started = cpuMs()
    make()
    times.push(cpuMs() - started)
  }
  return median(times)
}

const report = (name: string, operations: readonly Operation[]): void => {
  const lookups = [ours(operations), theirs(operations)]
  for (const sliced of [false, true]) {
    const [us = 0, them = 0] = measure(lookups, asksOf(operations, sliced))
    row(`${name}, ${sliced ? 'sliced paths' : 'flat paths'}`, us, them, 'ns')
  }
  row(
    `${name}, compile`,
    compileMs(() => ours(operations)),
    compileMs(() => theirs(operations)),
    'ms',
  )
}

const row = (what: string, us: number, them: number, unit: string): void => {
  const cells = [`${us.toFixed(0)} ${unit}`, `${them.toFixed(0)} ${unit}`, (us / them).toFixed(2)]
  console.log(what.padEnd(38) + cells.map(cell => cell.padStart(14)).join(''))
}

console.log(' '.repeat(38) + ['sallyport', 'find-my-way', 'ratio'].map(title => title.padStart(14)).join(''))
const operations = github()
if (operations === undefined) console.log('routes-github.json is not there: skipped')
else report(`GitHub, ${operations.length} operations`, operations)
report('generated, 10,000 operations', generated())
