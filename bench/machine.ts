import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { installed, pinnedNode, ROOT } from './places.ts'

/** What a reader needs to judge the figures, and to repeat them. */
export interface Machine {
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly versions: readonly string[]
}

const wordsOf = (command: string, args: readonly string[]): string => {
  const ran = spawnSync(command, args, { encoding: 'utf8', cwd: ROOT })
  return `${ran.stdout}${ran.stderr}`.trim()
}

/** With `-dirty` when the sources differ from what the commit holds; results are no sources. */
const commit = (): string => {
  const id = wordsOf('git', ['rev-parse', '--short=10', 'HEAD'])
  const results = [':(exclude)bench/RESULTS.md', ':(exclude)bench/results']
  const changed = wordsOf('git', ['status', '--porcelain', '--', 'src', 'bench', ...results])
  return changed === '' ? id : `${id}-dirty`
}

const version = (program: string, flag: string, pattern: RegExp): string[] => {
  if (program.startsWith('/') || installed(program)) {
    const found = pattern.exec(wordsOf(program, [flag]))
    return found ? [`${program.split('/').at(-1)} ${found[1]}`] : []
  }
  return []
}

/** As this project pins them. */
const packages = (names: readonly string[]): string[] => {
  const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return names.map(name => `${name} ${devDependencies[name]}`)
}

export const describeMachine = (): Machine => ({
  commit: commit(),
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  versions: [
    ...version('nginx', '-v', /nginx\/([\d.]+)/),
    ...version('haproxy', '-v', /version ([\d.]+)/),
    ...version('envoy', '--version', /version: \w+\/([\d.]+)/),
    ...version('caddy', 'version', /v?([\d.]+)/),
    ...version('traefik', 'version', /Version: +v?([\d.]+)/),
    ...version('krakend', 'version', /v?(\d+\.[\d.]+)/),
    ...packages(['undici', 'fastify', '@fastify/http-proxy', 'http-proxy']),
    ...version('redis-server', '--version', /v=([\d.]+)/),
    ...version(pinnedNode(), '--version', /v([\d.]+)/),
    ...version('wrk', '-v', /wrk \S*?([\d.]+)/),
    ...version('h2load', '--version', /nghttp2\/([\d.]+)/),
  ],
})
