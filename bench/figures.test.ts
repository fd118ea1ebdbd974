import assert from 'node:assert/strict'
import { test } from 'node:test'
import { figureOf, median, percentile } from './figures.ts'
import { parseLog } from './h2load.ts'
import { parseStat } from './proc.ts'
import { withPart } from './publish.ts'
import type { Cell } from './rounds.ts'
import { cell } from './testing/cell.ts'
import { WORKS } from './works.ts'
import { parseWrk } from './wrk.ts'

const cellOf = (peer: string, round: number, userUs: number, more: Partial<Cell> = {}): Cell =>
  cell({ peer, round, userUs, ...more })

test('a ratio is made within its round, and the median of the ratios counts', () => {
  const cells = [
    ...[1000, 4000, 2000].map((us, round) => cellOf('nginx', round, us)),
    ...[1200, 4400, 2600].map((us, round) => cellOf('sallyport', round, us)),
  ]
  const figure = figureOf(WORKS[0]!, 'sallyport', cells)
  assert.equal(figure?.toNginx?.median, 1.2)
  assert.equal(figure?.toNginx?.least, 1.1)
  assert.equal(figure?.toNginx?.most, 1.3)
  assert.equal(figure?.cpuUs, 26)
  assert.equal(figure?.rssMb, 2)
})

test('what a guard costs is a ratio to Sallyport without, in the same round and work', () => {
  const cells = [
    ...[1000, 2000, 4000].map((us, round) => cellOf('sallyport', round, us)),
    ...[1100, 2100, 4400].map((us, round) => cellOf('sallyport-jwt', round, us)),
    cellOf('sallyport', 0, 1, { work: 'post-4k' }),
  ]
  const figure = figureOf(WORKS[0]!, 'sallyport-jwt', cells)
  assert.deepEqual(figure?.toPlain, { median: 1.1, least: 1.05, most: 1.1 })
  assert.equal(figure?.toNginx, null)
})

test('where peers are asked at the same time, only those of a set are compared', () => {
  const work = WORKS.find(one => one.sets !== null)!
  const cells = [
    cellOf('sallyport', 0, 1000, { work: work.name, set: 0 }),
    cellOf('sallyport', 0, 2000, { work: work.name, set: 1 }),
    cellOf('sallyport-jwt', 0, 2200, { work: work.name, set: 1 }),
    cellOf('nginx', 0, 1000, { work: work.name, set: 0 }),
  ]
  assert.equal(figureOf(work, 'sallyport-jwt', cells)?.toPlain?.median, 1.1)
  assert.equal(figureOf(work, 'sallyport-jwt', cells)?.toNginx, null)
  assert.deepEqual(figureOf(work, 'sallyport', cells)?.toNginx, { median: 1, least: 1, most: 1 })
  assert.equal(figureOf(work, 'sallyport', cells)?.rounds, 1)
})

test('errors of any round are kept, and nginx with errors is nobody to compare with', () => {
  const cells = [
    cellOf('nginx', 0, 1000, { errors: 1 }),
    cellOf('sallyport', 0, 1000),
    cellOf('sallyport', 1, 1, { errors: 2 }),
  ]
  const figure = figureOf(WORKS[0]!, 'sallyport', cells)
  assert.equal(figure?.toNginx, null)
  assert.equal(figure?.errors, 2)
})

test('a peer that was not measured has no figure; direct has no CPU', () => {
  assert.equal(figureOf(WORKS[0]!, 'nginx', []), null)
  assert.equal(figureOf(WORKS[0]!, 'direct', [cellOf('direct', 0, 0, { proxied: false })])?.cpuUs, null)
})

test('median and nearest-rank percentile', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  assert.equal(percentile(hundred, 50), 50)
  assert.equal(percentile(hundred, 99), 99)
  assert.equal(percentile([7], 99), 7)
})

test('a process name with spaces and parentheses does not shift the fields', () => {
  const stat = parseStat('42 (nginx: (odd) name) S 7 42 42 0 -1 4194560 1 2 3 4 150 250 0 0 20 0 1 0 99')
  assert.deepEqual(stat, { pid: 42, parent: 7, userUs: 1_500_000, systemUs: 2_500_000 })
})

const WRK =
  'RESULT requests=10 micros=2000000 bytes=20000 connect=1 read=2 write=3 timeout=4 status=5 p50=1500 p99=9000'

test('every kind of wrk error counts, and so do answers that are too short', () => {
  const load = parseWrk(`Running…\n${WRK}\n`, 1024)
  assert.deepEqual(load, { requests: 10, seconds: 2, p50Ms: 1.5, p99Ms: 9, errors: 15 })
  assert.equal(parseWrk(WRK, 2001).errors, 25)
  assert.throws(() => parseWrk('unable to connect', 1), /no result/)
})

test('latencies of the first second do not count, errors do', () => {
  const lines = ['1000000\t500\t90000', '2500000\t200\t1000', '3000000\t200\t3000', '']
  const load = parseLog(lines.join('\n'))
  assert.deepEqual(load, { requests: 3, seconds: 2.003, p50Ms: 1, p99Ms: 3, errors: 1 })
})

test('only the text between the marks of the README changes', () => {
  const text = 'before <!-- bench:start -->old<!-- bench:end --> after'
  assert.equal(withPart(text, 'new\n'), 'before <!-- bench:start -->\nnew\n<!-- bench:end --> after')
  assert.throws(() => withPart('nothing', 'new'), /bench:start/)
})
