import { z } from 'zod'
import { auth } from './schema/auth.ts'
import { consumers } from './schema/consumers.ts'
import { admin, drain, drainDelay, listeners } from './schema/listeners.ts'
import { overload } from './schema/overload.ts'
import { defaults, frontends, routes } from './schema/routes.ts'
import { count, list, network, nonEmpty, token } from './schema/scalars.ts'
import { services } from './schema/services.ts'
import { state } from './schema/state.ts'
import { tracing } from './schema/tracing.ts'

const accessLog = z
  .union([
    z.literal(false),
    z.strictObject({
      format: z.enum(['json', 'combined']).default('json').describe('JSON lines, or the combined log format.'),
      to: nonEmpty.default('stdout').describe('stdout, stderr or a file.'),
    }),
  ])
  .default(false)
  .describe('One line for each request; off unless set.')

/** Everything DESIGN §5 names. It checks shape; what spans several keys is checked in `checks/`. */
export const configSchema = z.strictObject({
  $schema: z
    .string({ error: 'expected text' })
    .optional()
    .describe('Where editors find this schema; the gateway does not look at it.'),
  listeners,
  admin,
  workers: z
    .union([z.literal('auto'), count(1, 1024)])
    .default('auto')
    .describe('Worker threads; auto: one per core. Needs a restart to change.'),
  state,
  trustedProxies: list(network).default([]).describe('Peers whose X-Forwarded-* headers are believed.'),
  accessLog,
  tracing,
  slashes: z
    .enum(['keep', 'merge', 'reject'])
    .default('keep')
    .describe('What // and an encoded slash in a path mean: kept, // merged into one, or answered 400.'),
  via: token.default('sallyport').describe('What the gateway calls itself in `Via`.'),
  drain,
  drainDelay,
  overload,
  services,
  auth,
  consumers,
  defaults,
  routes,
  frontends,
})

/** What a user may write. */
export type Config = z.input<typeof configSchema>
/** The same, checked, with defaults filled in and units resolved. */
export type CheckedConfig = z.output<typeof configSchema>
