import { NONE, OPTIONAL } from '../auth-rule.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { checkCredentialHeader } from './credential-header.ts'
import { type ConfigDraft, exactlyOne, type WayDraft, written } from './draft.ts'
import { checkJwt } from './jwt.ts'

/** What spans several keys of one way of proving who one is. */
export const checkAuth = (report: Report, draft: ConfigDraft): void => {
  for (const [name, way] of Object.entries(draft.auth ?? {})) {
    const path = ['auth', name]
    if (name === NONE || name === OPTIONAL) {
      report.add(path, `a way cannot be called "${name}"`, {
        hint: `"auth: ${name}" on a route means something else`,
        on: 'key',
      })
    }
    if (way === undefined) continue
    exactlyOne(report, path, ['jwt', 'apiKey'], '"jwt" or "apiKey"')
    if (way.jwt !== undefined) checkJwt(report, [...path, 'jwt'], way.jwt)
    if (way.apiKey !== undefined) checkApiKey(report, [...path, 'apiKey'], way.apiKey)
  }
}

const checkApiKey = (report: Report, path: Path, apiKey: NonNullable<WayDraft['apiKey']>): void => {
  const places = written(report, path, ['header', 'query', 'cookie'])
  if (places.length === 0) {
    report.add(path, 'needs at least one of "header", "query" or "cookie"', { hint: 'usual is "header: x-api-key"' })
  }
  if (apiKey.scheme !== undefined && !places.includes('header')) {
    report.add([...path, 'scheme'], 'needs "header"', { hint: 'it stands before the key in a header', on: 'key' })
  }
  if (apiKey.header !== undefined) checkCredentialHeader(report, [...path, 'header'], apiKey.header)
}
