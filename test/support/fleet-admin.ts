import type { ServiceReport } from '../../src/admin/services.ts'
import type { Running } from './running.ts'

/** What `GET /v1/services` says now. */
export const servicesOf = async (gateway: Running): Promise<readonly ServiceReport[]> => {
  const { status, text } = await gateway.admin('/v1/services')
  if (status !== 200) throw new Error(`${status} ${text}`)
  return JSON.parse(text)
}

export interface Watching<T> {
  readonly seen: readonly T[]
  stop(): Promise<void>
}

/** Looks at a service again and again. */
export const watchService = <T>(
  gateway: Running,
  name: string,
  see: (report: ServiceReport) => T,
  everyMs = 25,
): Watching<T> => {
  const seen: T[] = []
  let stopping = false
  const watching = (async () => {
    while (!stopping) {
      const report = (await servicesOf(gateway)).find(({ service }) => service === name)
      if (report !== undefined) seen.push(see(report))
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
  })()
  watching.catch(() => {})
  return {
    seen,
    stop: () => {
      stopping = true
      return watching
    },
  }
}
