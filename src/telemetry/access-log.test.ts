import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BranchFare } from '../core/exchange.ts'
import type { AccessEntry } from '../core/serving.ts'
import { createAccessLog } from './access-log.ts'
import { accessEntry } from './testing.ts'

const lineOf = (format: 'json' | 'combined', change: Partial<AccessEntry> = {}): string => {
  const chunks: string[] = []
  const log = createAccessLog({ format, flush: chunk => chunks.push(chunk.toString()) })
  log.write(accessEntry(change))
  log.tick()
  return chunks.join('')
}

const COMBINED =
  /^(\S+) - - \[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000)\] "(\S+) (\S+) (HTTP\/\S+|-)" (\d+) (\d+) "([^"]*)" "([^"]*)"\n$/

test('a JSON line has every field of the entry', () => {
  const { at, ...rest } = accessEntry({ upstreamMs: 2.0625 })
  assert.deepEqual(JSON.parse(lineOf('json')), { time: '2026-11-22T13:45:29.007Z', ...rest, upstreamMs: 2.063 })
  assert.equal(new Date(at).toISOString(), '2026-11-22T13:45:29.007Z')
  assert.equal('traceId' in JSON.parse(lineOf('json', { traceId: '' })), false)
})

test('a combined line is what Apache and nginx write', () => {
  assert.equal(
    lineOf('combined', { referer: 'https://example.com/' }),
    '192.0.2.7 - - [22/Nov/2026:13:45:29 +0000] "GET /api/users?page=2 HTTP/1.1" 200 857 "https://example.com/" "curl/8.5.0"\n',
  )
  assert.match(lineOf('combined', { userAgent: '' }), /"-" "-"\n$/)
})

test('secrets in target and referer are hidden in both formats', () => {
  for (const format of ['json', 'combined'] as const) {
    const line = lineOf(format, { target: '/a?token=s3cret&x=1', referer: 'https://u:s3cret@h/?api_key=s3cret' })
    assert.ok(!line.includes('s3cret'), line)
    assert.ok(line.includes('token=REDACTED&x=1'), line)
  }
})

const FORGERIES = [
  'x\n192.0.2.1 - - [22/Nov/2026:13:45:29 +0000] "GET /admin HTTP/1.1" 200 1 "-" "-"',
  'x\r\n{"time":"2026-11-22T13:45:29.007Z","status":200}',
  '","status":200,"x":"',
  '" 200 0 "-" "forged',
  '\\" 200 0 \\"',
  '\u001b[2J\u001b]0;title\u0007',
  '\u0085\u009b31m\u2028\u2029',
  '\u0000\u007f\ud800',
]
const TEXT_FIELDS = ['client', 'method', 'target', 'version', 'host', 'requestId', 'userAgent', 'referer'] as const

test('no client can forge a line, a field or a terminal code', () => {
  for (const field of TEXT_FIELDS) {
    for (const forgery of FORGERIES) {
      const json = lineOf('json', { [field]: forgery })
      checkHarmless(json)
      const parsed = JSON.parse(json)
      assert.equal(parsed.status, 200)
      assert.equal(Object.keys(parsed).length, Object.keys(accessEntry()).length)
      assert.equal(parsed[field], forgery.toWellFormed() === forgery ? forgery : parsed[field])
      const combined = lineOf('combined', { [field]: forgery })
      checkHarmless(combined)
      assert.equal(COMBINED.exec(combined)?.[6], '200', combined)
    }
  }
})

const checkHarmless = (line: string): void => {
  assert.match(line, /^[^\n]*\n$/)
  assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/)
}

test('whatever bytes arrive, each entry stays one line that reads back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...TEXT_FIELDS), (text, field) => {
      const json = lineOf('json', { [field]: text })
      checkHarmless(json)
      if (!/[=:@]/.test(text)) assert.equal(JSON.parse(json)[field], text.toWellFormed())
      const combined = lineOf('combined', { [field]: text })
      checkHarmless(combined)
      assert.match(combined, COMBINED)
    }),
  )
})

test('property: lines in a row, with anything in any field, read back as what was logged', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', ...FORGERIES))
  const texts = fc.record({
    client: text,
    method: text,
    version: text,
    host: text,
    code: text,
    route: text,
    service: text,
    upstream: text,
    requestId: text,
    userAgent: text,
    consumer: text,
  })
  const numbers = fc.record({
    status: fc.integer({ min: 100, max: 999 }),
    bytesIn: fc.nat(),
    bytesOut: fc.maxSafeNat(),
  })
  const changes = fc.oneof(texts, fc.dictionary(fc.constantFrom('userAgent', 'host', 'consumer'), text), numbers)
  fc.assert(
    fc.property(fc.array(changes, { minLength: 1 }), all => {
      const chunks: string[] = []
      const log = createAccessLog({ format: 'json', flush: chunk => chunks.push(chunk.toString()), limitBytes: 2_000 })
      const entries = all.map(change => accessEntry(change))
      for (const entry of entries) log.write(entry)
      log.tick()
      const lines = chunks.join('').split('\n')
      assert.equal(lines.pop(), '')
      assert.deepEqual(
        lines.map(line => JSON.parse(line)),
        entries.map(({ at, ...rest }) => ({
          time: new Date(at).toISOString(),
          ...rest,
          upstreamMs: 2.063,
        })),
      )
    }),
  )
})

test('a line is bounded, whatever the client sends', () => {
  const flood = '\u0000'.repeat(100_000)
  const line = lineOf('json', { target: flood, userAgent: flood, referer: flood, host: flood, requestId: flood })
  assert.ok(line.length < 80_000, `${line.length}`)
})

test('times that were not measured are 0', () => {
  const parsed = JSON.parse(lineOf('json', { ms: Number.NaN, upstreamMs: -1, bytesOut: Number.POSITIVE_INFINITY }))
  assert.deepEqual([parsed.ms, parsed.upstreamMs, parsed.bytesOut], [0, 0, 0])
})

test('times keep three digits after the point', () => {
  for (const ms of [0, 0.001, 0.9994, 0.9996, 1, 12.3456, 59_999.9999]) {
    assert.equal(JSON.parse(lineOf('json', { ms })).ms, Math.round(ms * 1000) / 1000)
  }
})

test('cached timestamps move on, and back', () => {
  const chunks: string[] = []
  const log = createAccessLog({ format: 'json', flush: chunk => chunks.push(chunk.toString()) })
  const start = Date.UTC(2026, 11, 31, 23, 59, 59, 998)
  const times = [start, start + 1, start + 2, start + 0.7, start - 5_000]
  for (const at of times) log.write(accessEntry({ at }))
  log.tick()
  const lines = chunks.join('').trimEnd().split('\n')
  assert.deepEqual(
    lines.map(line => JSON.parse(line).time),
    times.map(at => new Date(Math.floor(at)).toISOString()),
  )
})

test('lines go out in batches of whole lines, and on the tick', () => {
  const chunks: string[] = []
  const log = createAccessLog({ format: 'json', flush: chunk => chunks.push(chunk.toString()), limitBytes: 2_000 })
  for (let i = 0; i < 100; i++) log.write(accessEntry({ requestId: `id-${i}` }))
  const before = chunks.length
  assert.ok(before > 5 && before < 50, `${before} batches`)
  log.tick()
  log.tick()
  assert.ok(chunks.length <= before + 1)
  const ids = chunks.flatMap(chunk => {
    assert.ok(chunk.endsWith('\n') && chunk.length < 3_000)
    return chunk
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).requestId)
  })
  assert.deepEqual(
    ids,
    Array.from({ length: 100 }, (_, i) => `id-${i}`),
  )
})

const FARES: readonly BranchFare[] = [
  { name: 'user', status: 'ok', reason: '', ms: 12.3456, httpStatus: 200, upstream: 'http://10.0.0.1:80' },
  { name: 'orders', status: 'timeout', reason: '', ms: 500, httpStatus: 0, upstream: 'http://10.0.0.2:80' },
  { name: 'ads', status: 'fallback', reason: 'status', ms: 30, httpStatus: 503, upstream: '' },
  { name: 'offers', status: 'left out', reason: '', ms: 0, httpStatus: 0, upstream: '' },
]

const lineWith = (format: 'json' | 'combined', fares: readonly BranchFare[]): string => {
  const chunks: string[] = []
  const log = createAccessLog({ format, flush: chunk => chunks.push(chunk.toString()) })
  log.writeWithBranches(accessEntry(), fares)
  log.tick()
  return chunks.join('')
}

test('how the branches of an aggregate fared is behind everything else, which stays as it is', () => {
  const json = lineWith('json', FARES)
  assert.ok(json.startsWith(lineOf('json').slice(0, -'}\n'.length)), json)
  assert.deepEqual(JSON.parse(json).branches, {
    user: { status: 'ok', ms: 12.346, httpStatus: 200, upstream: 'http://10.0.0.1:80' },
    orders: { status: 'timeout', ms: 500, upstream: 'http://10.0.0.2:80' },
    ads: { status: 'fallback', reason: 'status', ms: 30, httpStatus: 503 },
    offers: { status: 'left out', ms: 0 },
  })
  const text = lineWith('combined', FARES)
  assert.equal(
    text,
    `${lineOf('combined').trimEnd()} "user=ok/200:12 orders=timeout:500 ads=fallback-status/503:30 offers=left-out:0"\n`,
  )
})

test('an aggregate that came to ask nobody says so', () => {
  assert.deepEqual(JSON.parse(lineWith('json', [])).branches, {})
  assert.match(lineWith('combined', []), / "-"\n$/)
})

test('no name of a branch, and no target, can forge a line or a field', () => {
  for (const forgery of FORGERIES) {
    const fares = [{ ...FARES[0]!, name: forgery, upstream: forgery }, FARES[1]!]
    const json = lineWith('json', fares)
    checkHarmless(json)
    assert.equal(Object.keys(JSON.parse(json).branches).length, 2)
    const text = lineWith('combined', fares)
    checkHarmless(text)
    assert.match(text, /" "[^" ]+=ok\/200:12 orders=timeout:500"\n$/)
  }
})

test('the most branches there may be, with the longest names, are bounded', () => {
  const fares = Array.from({ length: 100 }, (_, i) => ({ ...FARES[0]!, name: `${i}`.padEnd(10_000, 'x') }))
  for (const format of ['json', 'combined'] as const) {
    const { length } = lineWith(format, fares)
    assert.ok(length < 40_000, `${length}`)
  }
})
