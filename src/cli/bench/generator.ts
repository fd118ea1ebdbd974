import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { LoadOrder, LoadResult } from './load-order.ts'

export interface Generator {
  /** No two at once. */
  run(order: LoadOrder): Promise<LoadResult>
  close(): Promise<void>
}

const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** The load generator, in a thread of its own. */
export const startGenerator = async (): Promise<Generator> => {
  const worker = new Worker(new URL(`./load.worker.${EXTENSION}`, import.meta.url))
  const broken = new Promise<never>((_, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the load generator ended')))
  })
  broken.catch(() => {})
  await Promise.race([once(worker, 'online'), broken])
  return {
    run: async order => {
      const answer = once(worker, 'message')
      worker.postMessage(order)
      const [result]: LoadResult[] = await Promise.race([answer, broken])
      return result!
    },
    close: async () => void (await worker.terminate()),
  }
}
