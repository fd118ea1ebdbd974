import { Worker } from 'node:worker_threads'

/** Where the sample services listen, on 127.0.0.1. */
export interface SamplePorts {
  readonly users: number
  readonly orders: number
  readonly productsV1: number
  readonly productsV2: number
  readonly recommendations: number
  readonly stock: number
  readonly brokenStock: number
  readonly live: number
}

export interface Samples {
  readonly ports: SamplePorts
  close(): Promise<void>
}

/** Starts the sample services on free ports of loopback. */
export const startSamples = async (): Promise<Samples> => {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const thread = new Worker(new URL(`./services-thread.${extension}`, import.meta.url), { name: 'samples' })
  const ports = await new Promise<SamplePorts>((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
  })
  return {
    ports,
    close: async () => {
      await thread.terminate()
    },
  }
}
