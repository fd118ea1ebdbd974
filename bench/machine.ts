import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { installed, pinnedNode, ROOT } from './places.ts'

/** What a reader needs to judge the figures, and to repeat them. */
export interface Machine {
  readonly date: string
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly versions: readonly string[]
}

const firstLine = (command: string, args: readonly string[]): string => {
  const ran = spawnSync(command, args, { encoding: 'utf8', cwd: ROOT })
  return `${ran.stdout}${ran.stderr}`.split('\n')[0]!.trim()
}

/** With `-dirty` when the sources differ from what the commit holds. */
const commit = (): string => {
  const id = firstLine('git', ['rev-parse', '--short=10', 'HEAD'])
  const changed = spawnSync('git', ['status', '--porcelain', '--', 'src', 'bench'], { encoding: 'utf8', cwd: ROOT })
  return changed.stdout.split('\n').some(line => line !== '' && !line.endsWith('bench/RESULTS.md')) ? `${id}-dirty` : id
}

const version = (program: string, flag: string, pattern: RegExp): string[] => {
  if (program.startsWith('/') || installed(program)) {
    const found = pattern.exec(firstLine(program, [flag]))
    return found ? [`${program.split('/').at(-1)} ${found[1]}`] : []
  }
  return []
}

export const describeMachine = (): Machine => ({
  date: new Date().toISOString().slice(0, 16).replace('T', ' '),
  commit: commit(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  versions: [
    ...version('nginx', '-v', /nginx\/([\d.]+)/),
    ...version('haproxy', '-v', /version ([\d.]+)/),
    ...version('redis-server', '--version', /v=([\d.]+)/),
    ...version(pinnedNode(), '--version', /v([\d.]+)/),
    ...version('wrk', '-v', /wrk \S*?([\d.]+)/),
    ...version('h2load', '--version', /nghttp2\/([\d.]+)/),
  ],
})
