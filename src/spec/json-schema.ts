import { z } from 'zod'
import { acceptReferences, type Json } from './json-schema-references.ts'
import { type Config, configSchema } from './schema.ts'

/**
 * JSON Schema (draft 2020-12) of what a user may write, for editors. It takes everything that `check` takes, and less
 * strictly: what spans several keys, and how large numbers behind a unit are, only `check` knows.
 */
export const jsonSchema = (): Json => {
  const { $schema, ...rest } = jsonSchemaOf(configSchema)
  return {
    $schema,
    $id: 'urn:sallyport:configuration',
    title: 'Sallyport configuration',
    description: 'Where clients connect, what stands behind the gateway, and which requests go where.',
    ...rest,
    examples: [EXAMPLE],
  }
}

const EXAMPLE: Config = {
  listeners: { web: '0.0.0.0:8080' },
  services: { users: 'http://127.0.0.1:3001', orders: { url: 'http://127.0.0.1:3002', timeout: { total: '10s' } } },
  auth: { partners: { apiKey: { header: 'x-api-key' } } },
  routes: [
    { prefix: '/users', to: 'users', stripPrefix: true },
    {
      path: '/orders/{id}',
      methods: ['GET'],
      to: 'orders',
      auth: 'partners',
      rateLimit: { limit: '100/1m', by: 'ip' },
    },
    { path: '/health', respond: { json: { ok: true } } },
  ],
}

/** The same of one part. */
export const jsonSchemaOf = (schema: z.ZodType): Json =>
  acceptReferences(
    z.toJSONSchema(schema, {
      io: 'input',
      // zod leaves examples out where a transform stands within: it does not know of which side of it they are.
      override: ({ zodSchema, jsonSchema: shown }) => {
        const examples = z.globalRegistry.get(zodSchema)?.['examples']
        if (Array.isArray(examples)) shown.examples = examples
      },
    }),
  )
