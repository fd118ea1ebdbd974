import type { PlacedRoute } from '../placed-route.ts'
import type { Report } from '../source.ts'
import { type ConfigDraft, written } from './draft.ts'

/** A stranger would say where clients are sent to. */
const PARAMETER_IN_HOST = /^(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*\{/i

const OF_ORIGIN = ['scheme', 'host', 'port'] as const

/** The keys of `redirect`, and whether it leads anywhere else. */
export const checkRedirect = (report: Report, { path, own, scopes }: PlacedRoute, draft: ConfigDraft): void => {
  const { redirect } = own
  if (redirect === undefined) return
  const at = [...path, 'redirect']
  const origin = OF_ORIGIN.filter(key => redirect[key] !== undefined)
  const { to, scheme } = redirect
  if (to !== undefined && PARAMETER_IN_HOST.test(to)) {
    report.add(at, 'has a parameter in its host, where none is put in', {
      hint: 'begin the path with "/" before it: https://www.example.com/{name}',
    })
  }
  if (origin.length === 0 && to === undefined) {
    // What is written wrongly was reported.
    if (written(report, at, ['to', ...OF_ORIGIN]).length === 0) report.add(at, 'needs "to", "scheme", "host" or "port"')
  } else if (origin.length > 0 && to !== undefined && !to.startsWith('/')) {
    report.add([...at, origin[0]!], 'cannot be combined with a URL in "to"', {
      hint: 'write a path in "to"',
      on: 'key',
    })
  } else if (origin.length === 1 && to === undefined && scheme !== undefined) {
    const names = scopes.flatMap(scope => ('listener' in scope.draft ? (scope.draft.listener ?? []) : []))
    const same = Object.entries(draft.listeners ?? {}).find(
      ([name, listener]) =>
        (names.length === 0 || names.includes(name)) && (listener?.tls !== undefined) === (scheme === 'https'),
    )
    if (same === undefined) return
    report.add(at, `sends clients of listener "${same[0]}" to where they are, again and again`, {
      severity: 'warning',
      hint: 'write the route in a frontend with "listener"',
    })
  }
}
