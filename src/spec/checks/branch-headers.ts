import { claimHeaders } from '../claim-headers.ts'
import { credentialPlaces, headerPlace } from '../credential-places.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import type { AggregateDraft, BranchDraft, ConfigDraft } from './draft.ts'

/** Connection and framing (RFC 9110 §7.6.1): nobody's to set. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Of requests: what the gateway says of the client, or of the body, which is JSON as it is. */
const OURS =
  /^(accept-encoding|content-encoding|expect|forwarded|host|via|x-consumer|x-real-ip|x-request-id|x-claim-.*|x-forwarded-.*)$/

/** What an answer to only a part of the request is no data for. */
const CONDITIONAL = /^(range|if-(match|none-match|modified-since|unmodified-since|range))$/

/** Go to every branch by themselves, or are about the client's own request and answer. */
const BY_ITSELF = new Set(['traceparent', 'tracestate', 'accept-language'])
const NEVER_PASSED = new Set(['accept', 'content-type'])

/** Of answers: the gateway's to say, since the body is its own. */
const OF_ANSWERS = new Set(['content-encoding', 'content-range', 'sallyport-partial', 'x-request-id'])

/** Names in lower case that carry claims to services. */
export const identityHeaders = ({ auth }: ConfigDraft): ReadonlySet<string> =>
  new Set(
    Object.values(auth ?? {}).flatMap(way => claimHeaders(way?.jwt?.claimHeaders).map(({ header }) => header ?? '')),
  )

/** Header fields of the request of one branch. */
export const checkSent = (
  report: Report,
  path: Path,
  headers: BranchDraft['headers'],
  identity: ReadonlySet<string>,
): void => {
  checkCase(report, path, Object.keys(headers ?? {}))
  for (const written of Object.keys(headers ?? {})) {
    const name = written.toLowerCase()
    const at = [...path, written]
    if (HOP_BY_HOP.has(name) || OURS.test(name) || identity.has(name)) {
      report.add(at, 'is set by the gateway', { on: 'key' })
    } else if (CONDITIONAL.test(name)) warnOfConditional(report, at)
  }
}

/** `credentials`: those that end at the gateway, each with its way. */
export const checkPassed = (
  report: Report,
  path: Path,
  names: AggregateDraft['passHeaders'],
  identity: ReadonlySet<string>,
  credentials: ReadonlyMap<string, string>,
): void => {
  const seen = new Set<string>()
  for (const [i, written] of (names ?? []).entries()) {
    if (written === undefined) continue
    const name = written.toLowerCase()
    const at = [...path, i]
    const warn = (message: string, hint: string): void => report.add(at, message, { severity: 'warning', hint })
    const way = credentials.get(name)
    if (seen.has(name)) report.add(at, `names ${report.show(at, written)} twice`)
    else if (HOP_BY_HOP.has(name) || OURS.test(name) || NEVER_PASSED.has(name) || identity.has(name)) {
      report.add(at, `${report.show(at, written)} is set by the gateway`)
    } else if (BY_ITSELF.has(name)) warn(`${report.show(at, written)} goes to every branch anyway`, 'leave it out')
    else if (way !== undefined) {
      warn(`${report.show(at, written)} is a credential, which ends at the gateway`, forwardHint(way))
    } else if (CONDITIONAL.test(name)) warnOfConditional(report, at)
    seen.add(name)
  }
}

/** What to do where a credential is to go on. */
export const forwardHint = (way: string): string => `set "forward: true" of the way "${way}"`

const warnOfConditional = (report: Report, path: Path): void =>
  report.add(path, 'makes services answer 206, 304 or 412, of which there is no data', {
    severity: 'warning',
    hint: 'leave it out',
  })

/** Those of the answer: what is said, and what is taken from branches. */
export const checkAnswered = (report: Report, path: Path, { headers, takeHeaders }: AggregateDraft): void => {
  const said = Object.keys(headers ?? {})
  const taken = Object.keys(takeHeaders ?? {})
  checkCase(report, [...path, 'headers'], said)
  checkCase(report, [...path, 'takeHeaders'], taken)
  const check = (key: string, written: string): void => {
    const name = written.toLowerCase()
    if (HOP_BY_HOP.has(name) || OF_ANSWERS.has(name) || (name === 'content-type' && key === 'takeHeaders')) {
      report.add([...path, key, written], 'is set by the gateway', { on: 'key' })
    }
  }
  for (const name of said) check('headers', name)
  for (const name of taken) {
    check('takeHeaders', name)
    if (said.some(one => one.toLowerCase() === name.toLowerCase())) {
      report.add([...path, 'takeHeaders', name], 'is set in "headers" as well', { on: 'key' })
    }
  }
}

export const checkCase = (report: Report, path: Path, names: readonly string[]): void => {
  for (const [i, name] of names.entries()) {
    if (names.findIndex(one => one.toLowerCase() === name.toLowerCase()) === i) continue
    report.add([...path, name], 'is written twice: names of header fields have no case', { on: 'key' })
  }
}

/** Header fields (lower case) that carry a credential which ends at the gateway, each with its way, one of `ways`. */
export const endingCredentials = ({ auth }: ConfigDraft, ways: readonly string[]): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const name of ways) {
    const { jwt, apiKey } = auth?.[name] ?? {}
    const places = [
      ...(jwt === undefined || jwt.forward === true ? [] : credentialPlaces(jwt.from)),
      ...(apiKey?.header === undefined || apiKey.forward === true ? [] : [headerPlace(apiKey.header)]),
    ]
    for (const place of places) if (place.in === 'header') found.set(place.name, name)
  }
  return found
}
