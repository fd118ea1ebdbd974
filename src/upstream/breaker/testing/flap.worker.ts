import { parentPort, workerData } from 'node:worker_threads'
import type { BreakerSpec } from '../../../spec/spec-resilience.ts'
import { Cells } from '../../cells.ts'
import { type Outcome, REFUSED } from '../../watch.ts'
import { createBreaker } from '../breaker.ts'
import { isProbe } from '../phase.ts'

/** A thread whose requests end in all ways, at once or late, while time goes on by what all threads do. */
export interface FlapTask {
  readonly spec: BreakerSpec
  readonly memory: SharedArrayBuffer
  /** One word: hundredths of a second. */
  readonly clock: SharedArrayBuffer
  readonly rounds: number
  readonly worker: number
}

/** Of a half-open phase, by its permit. */
export interface Tally {
  /** Let in and not given back. */
  taken: number
  good: number
  /** How often it was closed by an answer to one of these. */
  closed: number
}

const OUTCOMES: Outcome[] = [...Array<Outcome>(9).fill('answered'), 'error', 'error', 'cancelled']
const MOST_HELD = 4

const { spec, memory, clock, rounds, worker }: FlapTask = workerData
const time = new Int32Array(clock)
const tallies = new Map<number, Tally>()
/** Who leaves right now. */
let leaving = REFUSED
const breaker = createBreaker(spec, new Cells(memory).breaker, worker, Math.random, to => {
  if (to === 'closed') tallyOf(leaving).closed++
})
const held: number[] = []

const tallyOf = (permit: number): Tally => {
  const known = tallies.get(permit)
  if (known !== undefined) return known
  const tally: Tally = { taken: 0, good: 0, closed: 0 }
  tallies.set(permit, tally)
  return tally
}

const leave = (permit: number): void => {
  const outcome = OUTCOMES[Math.floor(Math.random() * OUTCOMES.length)]!
  if (isProbe(permit) && outcome === 'cancelled') tallyOf(permit).taken--
  if (isProbe(permit) && outcome === 'answered') tallyOf(permit).good++
  leaving = permit
  breaker.leave(permit, outcome, 1, Atomics.load(time, 0))
}

for (let round = 0; round < rounds; round++) {
  if (round % 16 === 0) Atomics.add(time, 0, 1)
  const permit = breaker.enter(Atomics.load(time, 0))
  if (permit === REFUSED) continue
  if (isProbe(permit)) tallyOf(permit).taken++
  held.push(permit)
  if (held.length > Math.random() * MOST_HELD) leave(held.splice(Math.floor(Math.random() * held.length), 1)[0]!)
}
parentPort?.postMessage(tallies)
