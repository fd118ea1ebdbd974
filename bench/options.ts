import { parseArgs } from 'node:util'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { WORKS, type Work } from './works.ts'

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly peers: readonly Peer[]
  readonly works: readonly Work[]
  readonly writeReadme: boolean
  /** RESULTS.md is written: not by a run that left something out, unless it is asked to write the README as well. */
  readonly writePage: boolean
  /** Also idle memory and memory per idle connection. */
  readonly idle: boolean
}

export const USAGE = `npm run bench -- [options]
  --rounds N        rounds over all peers (5)
  --seconds N       length of one measurement (4)
  --only a,b        peers: ${PEERS.map(peer => peer.name).join(' ')}
  --work a,b        work: ${WORKS.map(work => work.name).join(' ')}
  --no-idle         leave out the memory of idle connections
  --write-readme    put the main table into README.md, between its bench marks`

/** Throws an Error for people when something is not understood. */
export const parseOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string' },
      work: { type: 'string' },
      idle: { type: 'boolean', default: true },
      'write-readme': { type: 'boolean', default: false },
    },
  })
  return {
    rounds: whole('--rounds', values.rounds, 100),
    seconds: whole('--seconds', values.seconds, 60),
    peers: chosen('--only', PEERS, values.only),
    works: chosen('--work', WORKS, values.work),
    writeReadme: values['write-readme'],
    writePage: values['write-readme'] || (values.only === undefined && values.work === undefined),
    idle: values.idle,
  }
}

const whole = (flag: string, text: string, most: number): number => {
  const n = Number(text)
  if (!Number.isInteger(n) || n < 1 || n > most) throw new Error(`${flag} must be a number from 1 to ${most}`)
  return n
}

const chosen = <T extends { name: string }>(
  flag: string,
  all: readonly T[],
  text: string | undefined,
): readonly T[] => {
  if (text === undefined) return all
  const names = text.split(',')
  for (const name of names) {
    if (!all.some(one => one.name === name)) {
      throw new Error(`${flag}: unknown "${name}"; use ${all.map(one => one.name).join(', ')}`)
    }
  }
  return all.filter(one => names.includes(one.name))
}
