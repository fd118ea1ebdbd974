import { readdirSync, readFileSync } from 'node:fs'

/** What /proc says about a process and all its descendants (Linux only). */
export interface Usage {
  readonly userUs: number
  readonly systemUs: number
  readonly rssKb: number
}

export interface Stat {
  readonly pid: number
  readonly parent: number
  readonly userUs: number
  readonly systemUs: number
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const TICK_US = 10_000

/** The command name, field 2, may hold spaces and parentheses: count from the last `)`. */
export const parseStat = (text: string): Stat => {
  const close = text.lastIndexOf(')')
  const rest = text.slice(close + 2).split(' ')
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(rest[1]),
    userUs: Number(rest[11]) * TICK_US,
    systemUs: Number(rest[12]) * TICK_US,
  }
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // the process ended in between
  }
}

const allStats = (): Stat[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => read(`/proc/${name}/stat`))
    .filter(text => text !== '')
    .map(parseStat)

const descendants = (stats: readonly Stat[], pid: number): Stat[] => {
  const self = stats.filter(stat => stat.pid === pid)
  const children = stats.filter(stat => stat.parent === pid)
  return [...self, ...children.flatMap(child => descendants(stats, child.pid))]
}

export const treeOf = (pid: number): number[] => descendants(allStats(), pid).map(stat => stat.pid)

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)

/** Of one process; 0 when it is gone. */
export const rssKbOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)

/** CPU of all threads so far, and resident memory, summed over the tree (shared pages count in each process). */
export const usageOf = (pid: number): Usage => {
  const stats = descendants(allStats(), pid)
  return {
    userUs: sum(stats.map(stat => stat.userUs)),
    systemUs: sum(stats.map(stat => stat.systemUs)),
    rssKb: sum(stats.map(stat => rssKbOf(stat.pid))),
  }
}

/** Share of this machine's CPU time since boot, in ticks: all of it, and what the hypervisor took for others. */
export const machineTicks = (): { all: number; stolen: number } => {
  const fields = read('/proc/stat').split('\n')[0]!.trim().split(/\s+/).slice(1, 9).map(Number)
  return { all: sum(fields), stolen: fields[7] ?? 0 }
}
