import { poissonSchedule, seededRandom } from './arrivals.ts'
import { openLane } from './lane.ts'
import type { LoadOrder, LoadResult } from './load-order.ts'
import type { Metronome } from './metronome.ts'
import { createOpenLoop, type OpenLoop } from './open-loop.ts'
import { createTally } from './tally.ts'

/** Connections that are there before the first request. */
const FIRST_LANES = 8
/** For these to open. */
const OPEN_MS = 300
/** Requests waiting for a connection: far past the bend at any rate, and 512 KiB. */
const MOST_WAITING = 65_536
/** For answers after the last request. */
const GRACE_MS = 1000

/** Sends the load and resolves to what became of it, at the latest a second after the last request was due. */
export const runLoad = (order: LoadOrder, metronome: Metronome): Promise<LoadResult> =>
  new Promise(resolve => {
    const { rate, leadInMs, durationMs, connections } = order
    const startAt = performance.now() + OPEN_MS
    const endAt = startAt + leadInMs + durationMs
    const random = seededRandom(order.seed)
    const schedule = poissonSchedule({
      rate,
      durationMs: leadInMs + durationMs,
      mostRequests: order.mostRequests,
      random,
    })
    const tally = createTally(startAt + leadInMs)
    const before = process.threadCpuUsage()

    const finish = (): void => {
      clearTimeout(timer)
      metronome.onBeat = () => {}
      loop.end()
      const { user, system } = process.threadCpuUsage(before)
      const elapsedMs = Math.max(1, Math.max(performance.now(), endAt) - startAt)
      resolve({
        ...tally.counts(),
        rate,
        elapsedMs,
        generatorCpuMs: (user + system) / 1000,
        peak: loop.peak(),
        connections,
      })
    }
    const step = (): void => {
      loop.turn()
      const next = loop.nextAt()
      if (next !== undefined) metronome.arm(next - performance.now())
      else if (loop.isDone()) finish()
    }
    const settle = (): void => {
      if (loop.isDone()) finish()
    }
    const loop: OpenLoop = createOpenLoop({
      schedule,
      startAt,
      now: () => performance.now(),
      open: () =>
        openLane(order.endpoint, {
          opened: lane => loop.opened(lane),
          notOpened: () => {
            loop.notOpened()
            settle()
          },
          answered: (lane, status, keep) => {
            loop.answered(lane, status, keep)
            settle()
          },
          closed: (lane, why) => {
            loop.closed(lane, why)
            settle()
          },
        }),
      mostLanes: connections,
      mostWaiting: MOST_WAITING,
      tally,
    })
    const timer = setTimeout(finish, endAt - performance.now() + GRACE_MS)
    metronome.onBeat = step
    loop.warm(Math.min(FIRST_LANES, connections))
    step()
  })
