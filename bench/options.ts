import { parseArgs } from 'node:util'
import type { Peer } from './peer.ts'
import { PEERS } from './peers.ts'
import { WORKS, type Work } from './works.ts'

export interface Options {
  readonly rounds: number
  readonly seconds: number
  readonly peers: readonly Peer[]
  readonly works: readonly Work[]
  /** Figures are put to those of the same commit in `results/`. */
  readonly save: boolean
  /** No round is begun that would not end within so many minutes after the first began. */
  readonly minutes: number
  /** Also idle memory and memory per idle connection. */
  readonly idle: boolean
}

/** Beside the works: memory of idle connections. */
const IDLE = 'idle'

export const USAGE = `npm run bench -- [options]
  --rounds N        rounds over all peers (5)
  --seconds N       length of one measurement (4)
  --only a,b        peers: ${PEERS.map(peer => peer.name).join(' ')}
  --work a,b        work: ${[...WORKS.map(work => work.name), IDLE].join(' ')}
  --minutes N       begin no round that would not end within N minutes (no limit)
  --save            put the figures to those of the same commit in bench/results/<commit>.json

All of it takes two hours. In parts, the longest of half an hour, appended into the same file:
${WORKS.map(work => `  npm run bench -- --save --work ${work.name}`).join('\n')}
  npm run bench -- --save --work ${IDLE}
A work that is measured again replaces its figures. Then, for RESULTS.md, the README and its chart:
  node bench/publish.ts`

/** Null when help is wanted; throws an Error for people when something is not understood. */
export const parseOptions = (args: readonly string[]): Options | null => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      only: { type: 'string' },
      work: { type: 'string' },
      minutes: { type: 'string', default: '600' },
      save: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return null
  if (values.save && values.only !== undefined) {
    throw new Error('--save: the peers of a work are compared within a run; leave out --only')
  }
  const named = values.work?.split(',')
  const works = named?.filter(name => name !== IDLE)
  return {
    rounds: whole('--rounds', values.rounds, 100),
    seconds: whole('--seconds', values.seconds, 60),
    peers: chosen('--only', PEERS, values.only),
    works: works?.length === 0 ? [] : chosen('--work', WORKS, works?.join(',')),
    save: values.save,
    minutes: whole('--minutes', values.minutes, 600),
    idle: named === undefined || named.includes(IDLE),
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
