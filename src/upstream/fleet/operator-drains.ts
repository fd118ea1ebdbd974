/** Targets that an operator took out of the traffic, by service and URL: a wish that outlives lists and reloads. */
export interface OperatorDrains {
  has(service: string, url: string): boolean
  set(service: string, url: string, on: boolean): void
  keepOnly(services: ReadonlySet<string>): void
}

export const createOperatorDrains = (): OperatorDrains => {
  const drained = new Map<string, Set<string>>()
  return {
    has: (service, url) => drained.get(service)?.has(url) ?? false,
    set: (service, url, on) => {
      const urls = drained.get(service) ?? new Set()
      drained.set(service, urls)
      if (on) urls.add(url)
      else urls.delete(url)
    },
    keepOnly: services => {
      for (const service of drained.keys()) if (!services.has(service)) drained.delete(service)
    },
  }
}
