import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads'
import { serveAsWorker } from '../../src/cli/serve-as-worker.ts'
import { createServing } from '../../src/server/serving.ts'

/** How a worker is to end: now, by what nobody catches or by a loop without end, or at its next step of a reload. */
export type Death = 'throw' | 'block' | 'throw in prepare' | 'throw in commit'
export interface DeathOrder {
  readonly worker: number
  readonly death: Death
}
export const DEATHS = 'sallyport-test-deaths'

const die = (why: string): never => {
  throw new Error(why)
}

/** The real worker, which dies when it is told to. */
if (parentPort !== null) {
  serveAsWorker(parentPort, workerData, options => {
    let next: Death | undefined
    const channel = new BroadcastChannel(DEATHS)
    channel.onmessage = event => {
      const order: DeathOrder = event.data
      if (order.worker !== options.worker) return
      if (order.death === 'throw') setImmediate(() => die('told to die'))
      else if (order.death === 'block') for (;;);
      else next = order.death
    }
    const serving = createServing(options)
    return {
      ...serving,
      prepare: async (spec, provisions) => {
        await serving.prepare(spec, provisions)
        if (next !== 'throw in prepare') return
        setImmediate(() => die('told to die in prepare'))
        await new Promise(() => {})
      },
      commit: () => {
        if (next === 'throw in commit') die('told to die in commit')
        serving.commit()
      },
    }
  })
}
