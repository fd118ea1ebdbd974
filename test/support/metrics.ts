import { setTimeout as sleep } from 'node:timers/promises'

/** Values of one scrape, by name and labels as written. */
export type Scrape = ReadonlyMap<string, number>

export const readScrape = (text: string): Scrape =>
  new Map(
    text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), Number(line.slice(at + 1))]
      }),
  )

/** Sum over all series of a name whose labels include `labels`. */
export const metric = (scrape: Scrape, name: string, labels = ''): number => {
  let sum = 0
  for (const [series, value] of scrape) {
    if ((series === name || series.startsWith(`${name}{`)) && series.includes(labels)) sum += value
  }
  return sum
}

const isCounter = (series: string): boolean => /^[a-z_]+(?:_total|_bucket|_count|_sum)(?:\{|$)/.test(series)
const SCRAPE_MS = 250
const SETTLE_MS = 5_000

export interface MetricsWatch {
  /** Series of counters that were lower than before, or gone. */
  fell(): readonly string[]
  /** Ends the watch once nothing is in flight and no client connected, or after 5 s; resolves to the last scrape. */
  settled(): Promise<Scrape>
}

/** Scrapes over and over, and compares each scrape with the one before. */
export const watchMetrics = (scrapeText: () => Promise<{ text: string }>): MetricsWatch => {
  let stopping = false
  let before: Scrape = new Map()
  const fell: string[] = []
  const scrape = async (): Promise<Scrape> => {
    const now = readScrape((await scrapeText()).text)
    for (const [series, value] of before) {
      if (isCounter(series) && !((now.get(series) ?? -1) >= value)) fell.push(`${series} ${value} ${now.get(series)}`)
    }
    before = now
    return now
  }
  const watching = (async () => {
    while (!stopping) {
      await scrape()
      await sleep(SCRAPE_MS)
    }
  })()
  // A test that fails first does not wait for it.
  watching.catch(() => {})
  return {
    fell: () => fell,
    settled: async () => {
      stopping = true
      await watching
      const until = Date.now() + SETTLE_MS
      let last = await scrape()
      const busy = (): boolean =>
        metric(last, 'sallyport_requests_in_flight') !== 0 || metric(last, 'sallyport_connections') !== 0
      while (busy() && Date.now() < until) {
        await sleep(50)
        last = await scrape()
      }
      return last
    },
  }
}
