import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figure } from './figures.ts'
import { cpuChart, guardTables, mainTable, readmePart, resultsPage, routesTable } from './report.ts'
import type { Part, Results } from './results.ts'

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

const part = (work: string, figures: readonly Figure[], more: Partial<Part> = {}): Part => ({
  work,
  date: '2026-01-02 03:04',
  upstream: 'nginx',
  rounds: 3,
  seconds: 3,
  halfRate: 0,
  stolen: 0,
  skipped: [],
  figures: figures.filter(one => one.work === work),
  ...more,
})

const machine = { commit: 'abc', cpu: '', cores: 2, memoryGb: 1, kernel: '', versions: ['nginx 1.2'] }

const results = (figures: readonly Figure[]): Results => ({
  machine,
  parts: [...new Set(figures.map(one => one.work))].map(work => part(work, figures)),
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
  const both = results([figure('get-1k', 'nginx', 1), figure('guarded-1k', 'sallyport-jwt', 1.1)])
  assert.deepEqual(mainTable(both), mainTable(plain))
  assert.match(readmePart(both), /\| Sallyport \+ JWT \| 20\.0 µs \|/)
  assert.doesNotMatch(readmePart(results([figure('guarded-1k', 'sallyport-jwt', 1.1)])), /CPU of the proxy/)
})

test('routes have a table of their own: a row a peer, a column a size', () => {
  const figures = ['10', '22000'].flatMap(count =>
    ['nginx', 'sallyport', 'fastify'].map(name => figure(`routes-${count}`, `${name}-routes-${count}`, 1)),
  )
  const all = results(figures)
  assert.equal(mainTable(all).length, 1)
  assert.deepEqual(routesTable(all), [
    ['CPU of the proxy', '10 routes', '22,000 routes'],
    ['nginx', '20.0 µs · 1.10 ×', '20.0 µs · 1.10 ×'],
    ['Sallyport', '20.0 µs · 1.10 ×', '20.0 µs · 1.10 ×'],
    ['@fastify/http-proxy', '20.0 µs · 1.10 ×', '20.0 µs · 1.10 ×'],
  ])
  assert.equal(routesTable(results([])).length, 1)
})

test('parts of several runs: what differs is told as a range, noise with its work, what was skipped once', () => {
  const skipped = ['krakend: krakend is not installed']
  const figures = [figure('get-1k', 'nginx', 1), figure('post-4k', 'nginx', 1)]
  const page = resultsPage({
    machine,
    idle: [],
    parts: [
      part('get-1k', figures, { skipped, rounds: 5 }),
      part('post-4k', figures, { skipped, rounds: 10, date: '2026-01-02 04:05', stolen: 0.123 }),
    ],
  })
  assert.match(page, /2026-01-02 03:04 – 2026-01-02 04:05 UTC/)
  assert.match(page, /Median of 5 – 10 rounds of 3 s/)
  assert.match(page, /up to 12 % of its CPU time was taken away during post-4k\./)
  assert.equal(page.split('krakend is not installed').length, 2)
})

test('the chart is of one work without what is void, and there is none without that work', () => {
  const all = results([
    figure('get-1k', 'nginx', 1),
    figure('get-1k', 'sallyport', 1, 1),
    figure('post-4k', 'caddy', 1),
  ])
  assert.match(cpuChart(all) ?? '', /<desc>nginx 20\.0 µs<\/desc>/)
  assert.match(readmePart(all), /^!\[CPU of the proxy per request: nginx 20\.0 µs\]\(bench\/results\/cpu\.svg\)/)
  assert.match(resultsPage(all), /\]\(results\/cpu\.svg\)/)
  const medians = results([{ ...figure('get-1k', 'nginx', 1), userUs: 6, systemUs: 18 }])
  assert.match(readmePart(medians), /nginx 20\.0 µs/, 'the sum is the one of the tables')
  const none = results([figure('post-4k', 'nginx', 1)])
  assert.equal(cpuChart(none), null)
  assert.ok(!readmePart(none).includes('!['))
})
