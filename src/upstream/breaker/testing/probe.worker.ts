import { parentPort, workerData } from 'node:worker_threads'
import type { BreakerSpec } from '../../../spec/spec-resilience.ts'
import { Cells } from '../../cells.ts'
import { REFUSED } from '../../watch.ts'
import { createBreaker } from '../breaker.ts'
import { isProbe } from '../phase.ts'

/** A thread that has probes under way all the time, in a half-open breaker that never has enough of them. */
export interface ProbeTask {
  readonly spec: BreakerSpec
  readonly memory: SharedArrayBuffer
  /** Probes under way; the most there were at once; good ones. */
  readonly counts: SharedArrayBuffer
  /** Probes that this thread has at least. */
  readonly least: number
  readonly now: number
  readonly worker: number
}

const { spec, memory, counts: counted, least, now, worker }: ProbeTask = workerData
const breaker = createBreaker(spec, new Cells(memory).breaker, worker, Math.random)
const counts = new Int32Array(counted)

const underWay = (): void => {
  const count = Atomics.add(counts, 0, 1) + 1
  for (let most = Atomics.load(counts, 1); count > most; most = Atomics.load(counts, 1))
    Atomics.compareExchange(counts, 1, most, count)
}

/** As many probes as it gets, up to all that there are places for, and all given back. */
const cancelled = (): number => {
  const permits: number[] = []
  while (permits.length < spec.halfOpenRequests) {
    const permit = breaker.enter(now)
    if (permit === REFUSED) break
    underWay()
    permits.push(permit)
  }
  for (const permit of permits) {
    Atomics.sub(counts, 0, 1)
    breaker.leave(permit, 'cancelled', 1, now)
  }
  return permits.length
}

for (let probes = 0; probes < least; ) probes += cancelled()
parentPort?.postMessage('and now they are good')
parentPort?.once('message', () => {
  for (let permit = breaker.enter(now); permit === REFUSED || isProbe(permit); permit = breaker.enter(now)) {
    if (permit === REFUSED) continue
    Atomics.add(counts, 2, 1)
    breaker.leave(permit, 'answered', 1, now)
  }
})
