import type { PlacedRoute } from '../placed-route.ts'
import { checkedRegex } from '../regex-pattern.ts'
import type { Report } from '../source.ts'

/** The regular expressions for values of headers and query parameters. */
export const checkFieldRegexes = (report: Report, { path, own }: PlacedRoute): void => {
  for (const key of ['headers', 'query'] as const) {
    for (const [name, value] of Object.entries(own[key] ?? {})) {
      if (typeof value !== 'object' || value.regex === undefined) continue
      const regex = checkedRegex(value.regex)
      if (!('error' in regex)) continue
      const at = [...path, key, name, 'regex']
      report.add(at, report.source.fromOutside(at) ? 'is not a valid regular expression' : regex.error)
    }
  }
}
