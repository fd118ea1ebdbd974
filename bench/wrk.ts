import { type ChildProcess, execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { endWithUs } from './children.ts'
import { credentialsFile } from './credentials.ts'
import { CONNECTIONS, type Load } from './load.ts'
import type { Work } from './works.ts'

const run = promisify(execFile)
const SCRIPT = join(import.meta.dirname, 'load/requests.lua')

export interface RunningWrk {
  readonly child: ChildProcess
  readonly load: Promise<Load>
}

/** As many requests as the peer can answer, or with pauses between them, over keep-alive connections from one thread. `folder` is the run's. */
export const startWrk = (
  work: Work,
  port: number,
  seconds: number,
  folder: string,
  connections = CONNECTIONS,
): RunningWrk => {
  const settings = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '5s', '-s', SCRIPT]
  const credentials = work.credentials ? credentialsFile(folder) : '-'
  const numbers = [work.paths, work.requestBytes, work.thinkMs].map(String)
  const script = [work.method, ...numbers, credentials, ...work.templates]
  const running = run('wrk', [...settings, `http://127.0.0.1:${port}`, '--', ...script], {
    timeout: (seconds + 20) * 1000,
    killSignal: 'SIGKILL',
  })
  endWithUs(running.child)
  return { child: running.child, load: running.then(({ stdout }) => parseWrk(stdout, work.answerBytes)) }
}

export const wrk = (work: Work, port: number, seconds: number, folder: string): Promise<Load> =>
  startWrk(work, port, seconds, folder).load

/** Reads the line that `done` in requests.lua prints. */
export const parseWrk = (stdout: string, answerBytes: number): Load => {
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk printed no result: ${stdout.slice(0, 300)}`)
  const seen = new Map(line.split(' ').map(pair => [pair.split('=')[0]!, Number(pair.split('=')[1])]))
  const read = (name: string): number => seen.get(name) ?? Number.NaN
  const broken = read('connect') + read('read') + read('write') + read('timeout') + read('status')
  const short = read('bytes') < read('requests') * answerBytes ? read('requests') : 0
  return {
    requests: read('requests'),
    seconds: read('micros') / 1e6,
    p50Ms: read('p50') / 1000,
    p99Ms: read('p99') / 1000,
    errors: broken + short,
  }
}
