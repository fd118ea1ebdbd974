import { z } from 'zod'
import { access } from './access.ts'
import { aggregate } from './aggregate.ts'
import { authRef } from './auth.ts'
import { fields } from './fields.ts'
import { handler } from './handler.ts'
import { headerEdits } from './header-edits.ts'
import { rateLimit } from './limits.ts'
import { pluginList, plugins } from './plugins.ts'
import { respond } from './respond.ts'
import { retry } from './retry.ts'
import {
  count,
  duration,
  flag,
  headerName,
  headerValue,
  hostName,
  hostPattern,
  label,
  list,
  matching,
  method,
  name,
  nonEmpty,
  oneOrMore,
  path,
  serviceRef,
} from './scalars.ts'
import { fault, split } from './shaping.ts'
import { cache, cors, ip } from './traffic.ts'

const regexMatch = z
  .strictObject({ regex: nonEmpty.describe('Regular expression (RE2) for the whole value.') })
  .describe('Any value that fits a regular expression.')

const redirectTarget = matching(
  /^(\/|https?:\/\/)[\u0021-\u007e]*$/,
  'expected a path that starts with "/", or an http(s) URL',
  { title: 'path or URL', examples: ['/api', 'https://www.example.com/{id}'] },
).describe('A path or a URL; {name} is filled in, and on a prefix route the rest of the path is appended.')

const redirectStatus = z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)])

const redirect = z
  .union([
    redirectTarget.transform(to => ({ to, scheme: undefined, host: undefined, port: undefined, status: 302 as const })),
    z.strictObject({
      to: redirectTarget.optional(),
      scheme: z.enum(['http', 'https']).optional().describe('Scheme in place of the one the client used.'),
      host: hostName.optional().describe('Host in place of the one the client asked for.'),
      port: count(1, 65_535).optional().describe('Port; that of the scheme unless set.'),
      status: redirectStatus.default(302).describe('Status code.'),
    }),
  ])
  .describe('Send the client elsewhere.')
  .meta({ examples: [{ to: '/api', status: 308 }] })

const to = z
  .union([serviceRef, z.record(name, count(0, 1_000_000))])
  .describe('Which service answers: a name, or names with weights.')
  .meta({ examples: ['orders', { 'orders-v1': 90, 'orders-v2': 10 }] })

/** `none`: not what the group or the frontend around hands down. */
const orNone = <T extends z.ZodType>(policy: T) =>
  z
    .union([z.literal('none'), policy])
    .optional()
    .describe(`${policy.description} none: not what is handed down.`)

const edits = (which: string) =>
  z
    .union([z.literal('none'), headerEdits])
    .optional()
    .describe(`Changes to ${which}, after those that are handed down; none: not those either.`)

const heads = {
  requestHeaders: edits('the head of requests, before a service gets them'),
  responseHeaders: edits("the head of all answers, the gateway's own included"),
}

/** What a group or a frontend hands down to its routes. */
const policies = {
  auth: authRef.optional(),
  access: orNone(access),
  rateLimit: orNone(rateLimit),
  cache: cache.optional(),
  cors: orNone(cors),
  ip: orNone(ip),
  timeout: duration.optional().describe('Longest time for the whole request; 0s: what the service says.'),
  retry: z
    .union([z.literal('none'), retry])
    .optional()
    .describe('In place of what the service says; none: no retries.'),
  fields: orNone(fields),
  plugins,
  ...heads,
}

const hosts = list(hostPattern)
  .min(1)
  .optional()
  .describe('Only requests for these hosts; *.example.com for all below it.')

const members = z.strictObject({
  name: label
    .optional()
    .describe('What the route is called in logs and metrics; made from what it matches unless set.'),
  path: nonEmpty
    .optional()
    .describe('The whole path; {name} stands for one segment, {name...} at the end for the rest.'),
  prefix: nonEmpty.optional().describe('The first segments of the path.'),
  regex: nonEmpty
    .optional()
    .describe('Regular expression (RE2) for the whole path; named groups, (?<name>...), are its parameters.'),
  hosts,
  methods: list(method).min(1).optional().describe('Only these methods; HEAD follows GET.'),
  headers: z
    .record(headerName, z.union([headerValue, regexMatch]))
    .optional()
    .describe('Only requests with these header values, or values that a regular expression takes.'),
  query: z
    .record(z.string(), z.union([z.string({ error: 'expected text (put numbers in quotes)' }), regexMatch]))
    .optional()
    .describe('Only requests with these query parameters, or values that a regular expression takes.'),
  priority: z
    .int({ error: 'expected a whole number' })
    .min(-1_000_000)
    .max(1_000_000)
    .default(0)
    .describe('Higher goes first, before any other rule of precedence.'),
  to: to.optional(),
  respond: respond.optional(),
  redirect: redirect.optional(),
  aggregate: aggregate.optional(),
  handler: handler.optional(),
  split: split.optional(),
  fault: fault.optional(),
  stripPrefix: flag.default(false).describe('Whether the prefix is left out upstream.'),
  rewrite: path.optional().describe('Path upstream, with the parameters of what matched.'),
  rewriteHost: hostName.optional().describe('`Host` upstream, whatever `host` of the service says.'),
  ...policies,
})

type Members = typeof members

/** Recursive types are spelled out: TypeScript cannot infer them. */
export type RouteInput = z.input<Members> & { routes?: RouteInput[] | undefined }
export type RouteOutput = z.output<Members> & { routes?: RouteOutput[] | undefined }

const nested: z.ZodType<RouteOutput[], RouteInput[]> = z.array(
  z.lazy(() => route),
  { error: 'expected a list' },
)

const group = nested.optional().describe('A group: these routes inherit its prefix, hosts and policies.')

export const route = z
  .strictObject({ ...members.shape, routes: group })
  .describe('What a request must be like, what becomes of it, and what is asked of it.')
  .meta({ id: 'route' })

export const routes = list(route).default([]).describe('Which requests go where. The most specific route wins.')

const frontend = z
  .strictObject({
    hosts,
    prefix: nonEmpty.optional().describe('Only requests below this path, which stands before those of its routes.'),
    stripPrefix: flag.default(false).describe('Whether the prefix is left out upstream.'),
    listener: oneOrMore(label).optional().describe('Only requests that come by these listeners.'),
    ...policies,
    routes: list(route).default([]).describe('Its routes.'),
  })
  .describe('A kind of client: which requests are its, what its routes inherit, and its routes.')

export const frontends = z
  .record(name, frontend)
  .optional()
  .describe('Backend-for-Frontend: one gateway per kind of client, sharing services.')
  .meta({
    examples: [
      { mobile: { hosts: ['m.example.com'], auth: 'partners', routes: [{ prefix: '/orders', to: 'orders' }] } },
    ],
  })

export const defaults = z
  .strictObject({ auth: authRef.optional(), plugins: pluginList.optional(), ...heads })
  .prefault({})
  .describe('What routes inherit.')
