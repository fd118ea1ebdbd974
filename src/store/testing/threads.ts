import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Runs a worker file of this folder in `count` threads, each with its number, until all have left. */
export const runThreads = async (file: string, count: number, data: object): Promise<void> => {
  const workers = Array.from({ length: count }, (_, worker) => startThread(file, { ...data, worker }))
  await Promise.all(workers.map(worker => once(worker, 'exit')))
}

export const startThread = (file: string, data: object): Worker =>
  new Worker(join(import.meta.dirname, file), { workerData: data })

/** The same numbers for the same seed (mulberry32), so that threads can agree without speaking. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map(item => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)

/** Nobody goes on before all have come; `cells`: two numbers, 0 at first. */
export const barrier = (cells: Int32Array, threads: number): void => {
  const round = Atomics.load(cells, 1)
  if (Atomics.add(cells, 0, 1) === threads - 1) {
    Atomics.store(cells, 0, 0)
    Atomics.add(cells, 1, 1)
    Atomics.notify(cells, 1)
  } else while (Atomics.load(cells, 1) === round) Atomics.wait(cells, 1, round, 1000)
}
