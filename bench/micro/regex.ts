import { NO_HEADERS } from '../../src/base/headers.ts'
import { parseRegex, type Regex } from '../../src/base/regex.ts'
import type { MatchInput } from '../../src/routing/match-input.ts'
import { compileRouter } from '../../src/routing/router.ts'
import { routeSpec } from '../../test/support/routing.ts'
import { bench, type Run } from './loop.ts'

/**
 * Regular expressions: what one costs for paths as they are and for the longest and most hostile ones (8 KiB), what its
 * groups cost, and what a hundred routes of them add to a lookup.
 */
const read = (source: string): Regex => {
  const regex = parseRegex(source)
  if ('error' in regex) throw new Error(`${source} ${regex.error}`)
  return regex
}

const repeat =
  (work: () => unknown): Run =>
  times => {
    let last: unknown
    for (let i = 0; i < times; i++) last = work()
    return last
  }

const LONGEST = 8192
const ofAs = `/${'a'.repeat(LONGEST - 1)}`
/** A linear congruential generator: the same text in every run. */
const mixed = (() => {
  let [seed, text] = [1, '/']
  while (text.length < LONGEST) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    text += seed >>> 31 === 0 ? 'a' : 'b'
  }
  return text
})()

const orders = read('/users/(?<user>[0-9]+)/orders/(?<order>[^/]+)')
await bench(
  'a usual path, taken',
  repeat(() => orders.test('/users/12345/orders/ab-17')),
)
await bench(
  'the same, its two groups',
  repeat(() => orders.capture('/users/12345/orders/ab-17')),
)
await bench(
  'not taken, begins otherwise',
  repeat(() => orders.test('/products/12345/orders/ab-17')),
)
await bench(
  'not taken, ends otherwise',
  repeat(() => orders.test('/users/12345/orders/ab-17/')),
)

// The most that the checks let pass, for each of their bounds.
for (const [why, source] of [
  ['what V8 takes hours for', '/(a+)+'],
  ['several stars', '/.*a.*b.*a.*'],
  ['1,000 states', '/(a|b)*a(a|b){7}'],
  ['300 instructions', '/(?:[a-z]{1,100}-?)*'],
  ['groups, 32 parts at once', '/(?<x>(?:[a-z]{1,9}-?)*)'],
  ['groups, many states', '/(?<x>(a|b)*)a(?<y>(a|b){7})'],
] as const) {
  const regex = read(source)
  for (const [kind, text] of Object.entries({ 'of as': ofAs, mixed })) {
    await bench(
      `8 KiB ${kind}, ${why}`,
      repeat(() => regex.test(text)),
    )
    if (regex.groups.length > 0)
      await bench(
        '  its groups',
        repeat(() => regex.capture(text)),
      )
  }
}

const routes = (make: (i: number) => string): Run => {
  const specs = Array.from({ length: 100 }, (_, index) =>
    routeSpec({ index, name: `${index}`, match: { kind: 'regex', pattern: make(index) } }),
  )
  const router = compileRouter(specs.map(spec => ({ spec })))
  const q: MatchInput = {
    method: 'GET',
    host: 'api.example.com',
    listener: 'web',
    path: '/services/s99/v2/orders/ab-17',
    query: '',
    headers: NO_HEADERS,
    params: [],
  }
  if (router.match(q)?.spec.name !== '99') throw new Error('the wrong route')
  return repeat(() => router.match(q))
}
await bench(
  '100 routes that begin differently, the last takes it',
  routes(i => `/services/s${i}/v[0-9]+/.*`),
)
await bench(
  '100 routes that begin alike, the last takes it',
  routes(i => `/services/[a-z]${i}/v[0-9]+/.*`),
)
