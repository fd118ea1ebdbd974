import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figure } from './figures.ts'
import { guardTables, mainTable, type Results, readmePart } from './report.ts'

const figure = (work: string, peer: string, toPlain: number, errors = 0): Figure => ({
  work,
  peer,
  rounds: 3,
  cpuUs: 20,
  userUs: 10,
  systemUs: 10,
  cpuPerGb: null,
  requestsPerSecond: 1000,
  p50Ms: 1,
  p99Ms: 2,
  rssMb: 100,
  toNginx: { median: 1.1, least: 1, most: 1.2 },
  toPlain: { median: toPlain, least: toPlain - 0.1, most: toPlain + 0.1 },
  rpsToNginx: 1,
  errors,
})

const results = (figures: readonly Figure[]): Results => ({
  machine: { date: '', commit: '', cpu: '', cores: 2, memoryGb: 1, kernel: '', versions: [] },
  upstream: 'nginx',
  rounds: 3,
  seconds: 3,
  halfRate: 0,
  stolen: 0,
  skipped: [],
  figures,
  idle: [],
})

test('guards are compared with Sallyport without, nginx and Sallyport itself are not', () => {
  const [rows] = guardTables(
    results([
      figure('guarded-1k', 'nginx-log', 0.9),
      figure('guarded-1k', 'sallyport', 1),
      figure('guarded-1k', 'sallyport-jwt', 1.07),
      figure('guarded-1k', 'sallyport-key', 0.98, 1),
      figure('get-1k', 'sallyport-log', 1.2),
    ]),
  )
  assert.deepEqual(rows?.slice(1), [
    ['Sallyport', '20.0 µs', '1.10 ×', '–'],
    ['nginx + access log', '20.0 µs', '1.10 ×', '–'],
    ['Sallyport + JWT', '20.0 µs', '1.10 ×', '+ 7 % (− 3 – + 17)'],
    ['Sallyport + API key', 'void', '–', '–'],
  ])
})

test('guarded work and guarded peers have a table of their own, which is absent when nothing was measured', () => {
  const plain = results([figure('get-1k', 'nginx', 1)])
  assert.equal(mainTable(plain).length, 2)
  assert.ok(!readmePart(plain).includes('credentials'))
  const both = results([...plain.figures, figure('guarded-1k', 'sallyport-jwt', 1.1)])
  assert.deepEqual(mainTable(both), mainTable(plain))
  assert.match(readmePart(both), /\| Sallyport \+ JWT \| 20\.0 µs \|/)
  assert.doesNotMatch(readmePart(results([figure('guarded-1k', 'sallyport-jwt', 1.1)])), /CPU of the proxy/)
})
