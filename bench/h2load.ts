import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { percentile } from './figures.ts'
import { CONNECTIONS, type Load } from './load.ts'
import type { Work } from './works.ts'

const run = promisify(execFile)

const CONNECTING_US = 1e6

const HEADERS = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36',
  'Accept: application/json, text/plain, */*',
  'Accept-Encoding: gzip, deflate, br',
  'Accept-Language: en-GB,en;q=0.9,de;q=0.7',
  'Cache-Control: no-cache',
  'Referer: https://www.example.com/account/overview?tab=1',
  'Cookie: sid=9e3779b10000c6ef; theme=dark; consent=1',
  'traceparent: 00-0000000000001eef0000000000019919-000000000013d4ed-01',
  'X-Client-Version: web-4.17.2+build.1001',
]

/**
 * GET at a fixed rate, over the same 64 connections, so that latency is compared at the same load. h2load paces each
 * client by itself. Latencies of the first second, which holds the connecting, do not count.
 */
export const h2load = async (
  work: Work,
  port: number,
  seconds: number,
  rate: number,
  folder: string,
): Promise<Load> => {
  const uris = join(folder, 'uris.txt')
  const log = join(folder, 'h2load.log')
  const paths = Array.from({ length: work.paths }, (_, i) =>
    work.templates[i % work.templates.length]!.replace('#', `${10007 + i * 7}`),
  )
  writeFileSync(uris, paths.map(path => `http://127.0.0.1:${port}${path}\n`).join(''))
  rmSync(log, { force: true })
  const pace = ['--h1', '-t1', `-c${CONNECTIONS}`, '-D', String(seconds + 1), `--rps=${rate / CONNECTIONS}`]
  const headers = HEADERS.flatMap(header => ['-H', header])
  await run('h2load', [...pace, ...headers, `--log-file=${log}`, '-i', uris], { timeout: (seconds + 20) * 1000 })
  return parseLog(readFileSync(log, 'utf8'))
}

/** Lines of `--log-file`: start in µs since the epoch, status, µs until the end of the answer. */
export const parseLog = (text: string): Load => {
  const rows = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split('\t').map(Number))
  const first = rows.reduce((least, row) => Math.min(least, row[0]!), Number.POSITIVE_INFINITY)
  const last = rows.reduce((latest, row) => Math.max(latest, row[0]! + row[2]!), first)
  const took = rows.filter(row => row[0]! >= first + CONNECTING_US).map(row => row[2]!)
  took.sort((a, b) => a - b)
  return {
    requests: rows.length,
    seconds: (last - first) / 1e6,
    p50Ms: percentile(took, 50) / 1000,
    p99Ms: percentile(took, 99) / 1000,
    errors: rows.filter(row => row[1]! < 200 || row[1]! > 299).length,
  }
}
