import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CommandError } from '../exit.ts'
import type { WrkRequest } from './ends.ts'

/** What wrk saw. Times in ms, without the requests that a stall would have hit: it waits for its answers. */
export interface FullSpeed {
  readonly requests: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Failed connections, reads, writes and timeouts, and answers that are not 2xx or 3xx. */
  readonly errors: number
}

export interface WrkOptions {
  readonly request: WrkRequest
  readonly durationMs: number
  readonly connections: number
  /** For its script. */
  readonly folder: string
  readonly signal: AbortSignal
}

const run = promisify(execFile)

/** As many requests as it gets answered. Whole seconds, at least one. */
export const wrk = async ({ request, durationMs, connections, folder, signal }: WrkOptions): Promise<FullSpeed> => {
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  const script = join(folder, 'wrk.lua')
  // In a file, not on the command line: what all users of a machine can see should hold no token.
  await writeFile(script, wrkScript(request), { mode: 0o600 })
  try {
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', '-s', script, request.url]
    const { stdout } = await run('wrk', args, { signal, timeout: (seconds + 20) * 1000 })
    return parseWrk(stdout)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CommandError('wrk is not installed; leave out --generator wrk')
    }
    throw error
  } finally {
    await rm(script, { force: true })
  }
}

export const wrkScript = ({ method, headers, body }: WrkRequest): string =>
  [
    `wrk.method = ${lua(Buffer.from(method))}`,
    ...headers.map(([name, value]) => `wrk.headers[${lua(Buffer.from(name))}] = ${lua(Buffer.from(value, 'latin1'))}`),
    ...(body.length > 0 ? [`wrk.body = ${lua(body)}`] : []),
    'function done(summary, latency)',
    '  local e = summary.errors',
    '  local bad = e.connect + e.read + e.write + e.timeout + e.status',
    '  local ms = function(p) return latency:percentile(p) / 1000 end',
    '  print(string.format("RESULT %d %f %f %f %d", summary.requests, summary.duration / 1e6, ms(50), ms(99), bad))',
    'end',
    '',
  ].join('\n')

/** A string of any bytes. */
const lua = (bytes: Uint8Array): string => `"${[...bytes].map(byte => `\\${String(byte).padStart(3, '0')}`).join('')}"`

export const parseWrk = (stdout: string): FullSpeed => {
  const [requests, seconds, p50, p99, errors] = (/^RESULT ([\d. ]+)$/m.exec(stdout)?.[1] ?? '').split(' ').map(Number)
  if (
    requests === undefined ||
    seconds === undefined ||
    p50 === undefined ||
    p99 === undefined ||
    errors === undefined
  ) {
    throw new Error(`wrk printed no result: ${stdout.slice(0, 300)}`)
  }
  return { requests, seconds, p50, p99, errors }
}
