import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from './children.ts'
import { figureOf } from './figures.ts'
import type { Machine } from './machine.ts'
import { latest } from './publish.ts'
import { asJson, figuresOf, merged, type Part, parseResults, type Results, together } from './results.ts'
import type { Cell } from './rounds.ts'
import { resultsFile, savedResults, saveResults } from './save.ts'
import { cell } from './testing/cell.ts'
import { WORKS } from './works.ts'

const machine: Machine = {
  commit: 'abc',
  cpu: 'A "fast" one',
  cores: 2,
  memoryGb: 8,
  kernel: '6.1',
  versions: ['nginx 1.22.1', 'node 26.10.0'],
}

const cellOf = (work: string, peer: string, userUs: number): Cell => cell({ work, peer, requests: 300, userUs })

const part = (name: string, userUs: number, peers = ['nginx', 'sallyport']): Part => {
  const work = WORKS.find(one => one.name === name)!
  const cells = peers.map(peer => cellOf(name, peer, userUs))
  const figures = peers.flatMap(peer => figureOf(work, peer, cells) ?? [])
  const head = { date: '2026-01-02 03:04', rounds: 1, seconds: 1, upstream: 'nginx', halfRate: 0, stolen: 0 }
  return { work: name, ...head, skipped: ['envoy: envoy is not installed'], figures }
}

const results = (...parts: Part[]): Results => ({ machine, parts, idle: [] })

const idle = { name: 'nginx', title: 'nginx', idleMb: 19.25, connections: 100, kbEach: 0.5 }

test('what is written is read as it was, to four digits, a figure a line', () => {
  const all = { ...results(part('get-1k', 10_000), part('post-4k', 20_000)), idle: [idle] }
  const text = asJson(all)
  const read = parseResults(text)
  assert.equal(figuresOf(read)[0]?.cpuUs, 33.33)
  assert.equal(asJson(read), text)
  assert.deepEqual(read.machine, machine)
  assert.deepEqual(read.idle, [idle])
  assert.equal(text.split('\n').filter(line => line.includes('"peer":')).length, 4)
  assert.deepEqual(parseResults(asJson(results())), results())
})

test('what the bench did not write is refused', () => {
  for (const text of ['null', '[]', '{}', '{"machine":{},"parts":{},"idle":[]}', '{"machine":{},"parts":[]}']) {
    assert.throws(() => parseResults(text), /no results of the bench/, text)
  }
  assert.throws(() => parseResults('{'), SyntaxError)
})

test('a work that is measured again replaces all that was there of it, and nothing else', () => {
  const first = results(part('get-1k', 10_000, ['nginx', 'sallyport', 'caddy']), part('post-4k', 20_000))
  const again = merged(first, results(part('get-1k', 30_000)))
  const costs = figuresOf(again).map(({ work, peer, cpuUs }) => `${work} ${peer} ${cpuUs?.toFixed(0)}`)
  assert.deepEqual(costs, ['post-4k nginx 67', 'post-4k sallyport 67', 'get-1k nginx 100', 'get-1k sallyport 100'])
})

test('memory of idle connections stays until it is measured again', () => {
  const first = { ...results(part('get-1k', 1)), idle: [idle] }
  assert.deepEqual(merged(first, results(part('post-4k', 1))).idle, [idle])
  assert.deepEqual(merged(first, { ...results(), idle: [{ ...idle, idleMb: 1 }] }).idle, [{ ...idle, idleMb: 1 }])
})

test('figures of another machine, commit or version do not go together; one more program does', () => {
  for (const other of [{ commit: 'def' }, { cpu: 'slow' }, { cores: 4 }, { memoryGb: 4 }, { kernel: '5' }]) {
    assert.throws(() => together(machine, { ...machine, ...other }), /another machine or commit/)
  }
  assert.throws(() => together(machine, { ...machine, versions: ['nginx 1.24.0'] }), /nginx 1\.22\.1/)
  const more = together(machine, { ...machine, versions: ['nginx 1.22.1', '@fastify/http-proxy 11.6.3'] })
  assert.deepEqual(more.versions, ['nginx 1.22.1', 'node 26.10.0', '@fastify/http-proxy 11.6.3'])
})

test('runs in parts are put into one file of the commit', () => {
  const folder = temporaryFolder()
  assert.equal(savedResults('abc', folder), null)
  saveResults(results(part('get-1k', 10_000)), folder)
  saveResults(results(part('post-4k', 20_000)), folder)
  saveResults({ ...results(), idle: [idle] }, folder)
  const saved = savedResults('abc', folder)
  assert.deepEqual(
    saved?.parts.map(one => one.work),
    ['get-1k', 'post-4k'],
  )
  assert.deepEqual(saved?.idle, [idle])
  assert.throws(() => saveResults({ ...results(), machine: { ...machine, cores: 64 } }, folder), /another machine/)
  assert.equal(parseResults(readFileSync(resultsFile('abc', folder), 'utf8')).parts.length, 2)
})

test('published is what was measured last', () => {
  const old = results(part('get-1k', 1))
  const fresh = results({ ...part('get-1k', 1), date: '2026-02-01 00:00' }, part('post-4k', 1))
  assert.equal(latest([old, fresh]), fresh)
  assert.equal(latest([fresh, old]), fresh)
  assert.throws(() => latest([]), /no results/)
})
