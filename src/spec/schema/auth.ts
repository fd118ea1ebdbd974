import { z } from 'zod'
import { duration, flag, headerName, label, list, name, nonEmpty } from './scalars.ts'

const algorithm = z.enum([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
])

const jwt = z
  .strictObject({
    issuer: nonEmpty.optional().describe('Required value of `iss`.'),
    jwks: nonEmpty.optional().describe('URL of the key set.'),
    secret: nonEmpty.optional().describe('Shared secret, for the HS algorithms.'),
    audience: z
      .union([nonEmpty, list(nonEmpty)])
      .optional()
      .describe('Accepted values of `aud`.'),
    algorithms: list(algorithm).min(1).describe('Accepted signature algorithms.'),
    allowHttp: flag.default(false).describe('Whether the key set may be fetched without TLS.'),
    requireExpiry: flag.default(true).describe('Whether a token without `exp` is refused.'),
    clockSkew: duration.prefault('60s').describe('Tolerance for `exp` and `nbf`.'),
    rolesClaim: nonEmpty.default('roles').describe('Claim that holds the roles.'),
    scopesClaim: nonEmpty.optional().describe('Claim that holds the scopes; `scope` or `scp` unless set.'),
  })
  .describe('Bearer tokens (RFC 7519).')

const apiKey = z
  .strictObject({
    header: headerName.optional().describe('Header that carries the key.'),
    query: nonEmpty.optional().describe('Query parameter that carries the key.'),
  })
  .describe('Keys of the consumers.')

export const auth = z
  .record(name, z.strictObject({ jwt: jwt.optional(), apiKey: apiKey.optional() }))
  .optional()
  .describe('Named ways of proving who one is.')

export const consumers = z
  .record(
    name,
    z.strictObject({
      keys: list(
        z
          .string()
          .regex(/^sha256:[0-9a-f]{64}$|^sha256:<64 hex digits>$/, { error: 'expected "sha256:" and 64 hex digits' }),
      )
        .default([])
        .describe('SHA-256 hashes of the API keys.'),
      roles: list(label).default([]).describe('Roles, for `access`.'),
      scopes: list(label).default([]).describe('Scopes, for `access`.'),
      tier: label.optional().describe('Class of service, for limits.'),
    }),
  )
  .optional()
  .describe('Known clients, by name.')

export const authRef = z
  .union([label, list(label).min(1)])
  .describe('Which ways of `auth` are accepted, any of them; "none" for nobody needs to prove anything.')

export const access = z
  .strictObject({
    roles: list(label).optional().describe('One of these roles is needed.'),
    scopes: list(label).optional().describe('All of these scopes are needed.'),
    consumers: list(label).optional().describe('Only these consumers.'),
  })
  .describe('Who of the known clients may pass.')
