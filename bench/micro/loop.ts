/**
 * A timing loop for things that take nanoseconds: warm until it is compiled, then many short batches, of which the
 * median is the figure and the least tells how much was noise.
 */
export interface Timing {
  readonly name: string
  readonly medianNs: number
  readonly leastNs: number
}

/** Does the work `times` times. What it returns is kept, so that the compiler cannot drop the work. */
export type Run = (times: number) => unknown

const BATCHES = 21
const BATCH_MS = 10
const WARM_MS = 150

export const kept: unknown[] = []

const timeMs = async (run: Run, times: number): Promise<number> => {
  const start = performance.now()
  const result = run(times)
  if (result instanceof Promise) await result
  const took = performance.now() - start
  kept[0] = result
  return took
}

/** How many times fill a batch; finding out is also the warm-up. */
const calibrate = async (run: Run): Promise<number> => {
  let times = 64
  for (const end = performance.now() + WARM_MS; performance.now() < end; ) {
    const took = await timeMs(run, times)
    times = Math.max(1, Math.ceil((times * BATCH_MS) / Math.max(took, BATCH_MS / 8)))
  }
  return times
}

export const bench = async (name: string, run: Run): Promise<Timing> => {
  const times = await calibrate(run)
  const each: number[] = []
  for (let i = 0; i < BATCHES; i++) each.push(((await timeMs(run, times)) / times) * 1e6)
  each.sort((a, b) => a - b)
  const timing = { name, medianNs: each[BATCHES >> 1]!, leastNs: each[0]! }
  console.log(`${name.padEnd(56)} ${ns(timing.medianNs)}   least ${ns(timing.leastNs)}`)
  return timing
}

const ns = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ns`
