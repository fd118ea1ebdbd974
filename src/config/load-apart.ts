import { Worker } from 'node:worker_threads'
import type { Loaded, LoadOptions } from './load.ts'

/** `.ts` in the sources, `.js` once built. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** Room for new objects; by default V8 takes more of it than a configuration needs, and hands it on to later threads. */
const YOUNG_MB = 2

/**
 * `loadConfig` in a thread that ends with its answer: the parsers and the schema are needed for a moment only, and would
 * stay in the memory of a process that runs for months (15 MB). Nor does a long configuration hold up the main thread.
 */
export const loadApart = (options: Omit<LoadOptions, 'readFile'>): Promise<Loaded> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./load.worker.${EXTENSION}`, import.meta.url), {
      workerData: { ...options, env: { ...options.env } },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    let loaded: Loaded | undefined
    worker.once('message', (message: Loaded) => {
      loaded = message
    })
    worker.once('error', error => reject(isOutOfMemory(error) ? new Error(TOO_LARGE) : error))
    // Only then, so that its memory is free for what starts next.
    worker.once('exit', () => {
      if (loaded === undefined) reject(new Error('the thread that reads the configuration ended without an answer'))
      else resolve(loaded)
    })
  })

const TOO_LARGE =
  'the configuration needs more memory than Node may take; make it smaller, or set NODE_OPTIONS=--max-old-space-size=<MiB>'

const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
