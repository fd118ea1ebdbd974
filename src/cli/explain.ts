import { type Explanation, type Loser, whyMatched } from '../routing/explanation.ts'
import { compileClaims, compileRouters } from '../routing/frontends.ts'
import type { MatchInput } from '../routing/match-input.ts'
import type { Router } from '../routing/router.ts'
import { explainAuth } from '../spec/describe-auth.ts'
import { describeClaim } from '../spec/describe-frontend.ts'
import { describeCors, describeIp, explainLimit } from '../spec/describe-limits.ts'
import { describeService } from '../spec/describe-services.ts'
import { describeShaping } from '../spec/describe-shaping.ts'
import { describeTracing } from '../spec/describe-tracing.ts'
import { describeMatch } from '../spec/route-name.ts'
import type { ActionSpec, GatewaySpec, RouteSpec } from '../spec/spec.ts'
import { type AskedRequest, type ReadRequest, readRequest } from './asked-request.ts'
import { destination } from './destination.ts'

interface Row {
  readonly spec: RouteSpec
}

/**
 * Which route a request takes and why, the routes that lost and why, what runs and where the request would go. Nothing
 * is sent. `chain` names what runs for a route, in order. `matched` is false where the gateway answers by itself:
 * 400, 404, 405.
 */
export const explain = (
  spec: GatewaySpec,
  request: AskedRequest,
  chain: (route: RouteSpec) => readonly string[],
): { text: string; matched: boolean } => {
  const read = readRequest(request, spec.slashes)
  if ('refused' in read) return { text: `400 BAD_REQUEST: ${read.refused}\n`, matched: false }
  const q = { ...read.q, listener: request.listener ?? spec.listeners[0]?.name ?? '' }
  const router = compileRouters(
    spec.routes.map((route): Row => ({ spec: route })),
    spec.frontends,
  )
  const explanation = router.explain(q)
  const { matched } = explanation
  const lines = [
    ...requestLines(read),
    ...frontendLines(spec, q),
    '',
    ...(matched === null ? unmatchedLines(router, q) : matchLines(spec, q, matched.spec, explanation, chain)),
    ...loserLines(explanation.losers),
  ]
  return { text: `${lines.map(printable).join('\n')}\n`, matched: matched !== null }
}

const requestLines = ({ rawTarget, q }: ReadRequest): string[] => {
  const target = q.path + q.query
  const line = `${q.method} ${target}${q.host === '' ? '' : ` on ${q.host}`}`
  return target === rawTarget ? [line] : [line, `  normalised from ${rawTarget}`]
}

/** Whose request it is: no other routes are asked. */
const frontendLines = ({ frontends }: GatewaySpec, q: MatchInput): string[] => {
  const by = frontends.some(({ listeners }) => listeners.length > 0) ? [`  by listener ${q.listener}`] : []
  const frontend = frontends[compileClaims(frontends)(q)]
  return frontend === undefined ? by : [...by, `  of frontend ${frontend.name}: ${describeClaim(frontend)}`]
}

const matchLines = (
  spec: GatewaySpec,
  q: MatchInput,
  route: RouteSpec,
  { params }: Explanation<Row>,
  chain: (route: RouteSpec) => readonly string[],
): string[] => [
  `takes   ${label(route)}`,
  `because ${whyMatched(route, q).join(', ')}`,
  ...params.map(([name, value]) => `        {${name}} = ${value}`),
  ...policyLines(spec, route),
  `runs    ${chain(route).join(' → ')}`,
  ...(spec.tracing === undefined ? [] : labelled('traced', [describeTracing(spec.tracing)])),
  ...labelled('goes to', destination(spec, route, { ...q, scheme: schemeOf(spec, q) })),
  ...labelled('with', [...describeShaping(route), ...serviceLines(spec, route)]),
]

const schemeOf = ({ listeners }: GatewaySpec, { listener }: MatchInput): 'http' | 'https' =>
  listeners.find(({ name }) => name === listener)?.tls === undefined ? 'http' : 'https'

/** How the services of a route survive, except for what the route says in their place. */
const serviceLines = ({ services }: GatewaySpec, { action, retry }: RouteSpec): string[] => {
  const names = servicesOf(action)
  return names.flatMap(name => {
    const service = services.find(one => one.name === name)
    const lines =
      service === undefined ? [] : describeService(retry === undefined ? service : { ...service, retry: undefined })
    return names.length === 1 ? lines : lines.map(line => `${name}: ${line}`)
  })
}

const servicesOf = (action: ActionSpec): readonly string[] => {
  if (action.kind === 'forward') return action.to.map(({ service }) => service)
  return action.kind === 'aggregate' ? [...new Set(action.branches.map(({ service }) => service))] : []
}

/** Who may pass, from where and how often; what a route does not ask is not there. */
const policyLines = (spec: GatewaySpec, { auth, access, limits, cors, ip }: RouteSpec): string[] => [
  ...(spec.auth.length === 0 ? [] : labelled('who', explainAuth(spec, auth, access))),
  ...(ip === undefined ? [] : labelled('from', describeIp(ip))),
  ...labelled('limits', limits.flatMap(explainLimit)),
  ...(cors === undefined ? [] : labelled('cors', describeCors(cors))),
]

/** The label stands before the first line only. */
const labelled = (label: string, lines: readonly string[]): string[] =>
  lines.map((line, i) => (i === 0 ? label : '').padEnd(8) + line)

const unmatchedLines = (router: Router<Row>, q: MatchInput): string[] => {
  const allowed = router.allowed(q)
  if (allowed.length > 0) {
    const allow = `Allow: ${allowed.join(', ')}`
    return [
      q.method === 'OPTIONS' ? `no route takes OPTIONS: answered with ${allow}` : `405 METHOD_NOT_ALLOWED, ${allow}`,
    ]
  }
  return ['404 NO_ROUTE: no route takes this request', ...slashHint(router, q)]
}

/** The mistake that is hardest to see. */
const slashHint = (router: Router<Row>, q: MatchInput): string[] => {
  const toggled = q.path.endsWith('/') ? q.path.slice(0, -1) : `${q.path}/`
  const other = toggled === '' ? null : router.match({ ...q, path: toggled })
  if (other === null) return []
  return [`  ${toggled} would take ${label(other.spec)}; a slash at the end counts in "path", not in "prefix"`]
}

/** More than fit on a screen help nobody. */
const MOST_LOSERS = 20

const loserLines = (losers: readonly Loser<Row>[]): string[] => {
  if (losers.length === 0) return []
  const lines = losers
    .slice(0, MOST_LOSERS)
    .flatMap(({ route, reasons }) => [`  ${label(route.spec)}`, ...reasons.map(reason => `      ${reason}`)])
  const more = losers.length - MOST_LOSERS
  return ['', 'not taken, though the path fits:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])]
}

/** Name, what it matches where the name does not say it, and where it is written. */
const label = (route: RouteSpec): string => {
  const match = describeMatch(route)
  const what = route.name.startsWith(match) ? route.name : `${route.name} [${match}]`
  return route.place === undefined ? what : `${what} (${route.place})`
}

/** What a request holds cannot move the cursor of whoever looks at it. */
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
