import { z } from 'zod'
import { JWT_ALGORITHMS } from '../spec-auth.ts'
import { credentialPlace, forward, realm } from './credential.ts'
import {
  anyJson,
  claimPath,
  duration,
  flag,
  headerName,
  label,
  list,
  nonEmpty,
  oneOrMore,
  positiveDuration,
  webUrl,
} from './scalars.ts'

const jwk = z.record(z.string(), anyJson).meta({ title: 'JWK' })

const claimHeaders = z
  .union([list(claimPath).min(1), z.record(claimPath, headerName)])
  .describe(
    'Claims that the service gets as header fields: a list (claim `org.id` becomes x-claim-org-id), or claims with the names of their headers. What clients send under these names is removed.',
  )

export const jwt = z
  .strictObject({
    issuer: nonEmpty
      .optional()
      .describe(
        'Required value of `iss`. Without jwks, keys and secret, its metadata (OpenID discovery) name the keys.',
      ),
    jwks: nonEmpty.optional().describe('URL of the key set (RFC 7517).'),
    keys: z
      .union([nonEmpty, jwk, list(z.union([nonEmpty, jwk])).min(1)])
      .optional()
      .describe(
        'Public keys that are not fetched: a PEM or JWK file relative to the configuration, the text itself, a JWK or JWK set written here, or a list of these.',
      ),
    secret: nonEmpty.optional().describe('Shared secret, for the HS algorithms.'),
    secretEncoding: z
      .enum(['text', 'base64', 'base64url', 'hex'])
      .default('text')
      .describe('How the bytes of the secret are written.'),
    audience: oneOrMore(nonEmpty).optional().describe('Accepted values of `aud`: one of them must be there.'),
    algorithms: list(z.enum(JWT_ALGORITHMS)).min(1).describe('Accepted signature algorithms.'),
    types: list(label)
      .min(1)
      .optional()
      .describe('Accepted values of `typ`, such as at+jwt (RFC 9068); a token without `typ` is then refused.'),
    requireExpiry: flag.default(true).describe('Whether a token without `exp` is refused.'),
    clockSkew: duration.prefault('60s').describe('Tolerance for `exp`, `nbf` and `iat`.'),
    maxLifetime: positiveDuration.optional().describe('Longest time from `iat` to `exp`; both are then required.'),
    requiredClaims: list(claimPath).optional().describe('Claims that must be there; `org.id` is member id of org.'),
    rolesClaim: claimPath.default('roles').describe('Claim that holds the roles.'),
    scopesClaim: claimPath.optional().describe('Claim that holds the scopes; `scope` or `scp` unless set.'),
    consumerClaim: claimPath.optional().describe('Claim whose value is the name of a consumer.'),
    claimHeaders: claimHeaders.optional(),
    from: z
      .union([credentialPlace, list(credentialPlace).min(1)])
      .prefault('header:authorization')
      .describe('Where the token stands; the first place that holds something counts.'),
    forward,
    realm,
    resourceMetadata: webUrl
      .optional()
      .describe('URL of the protected resource metadata (RFC 9728), told to clients without a token.'),
    allowHttp: flag.default(false).describe('Whether keys may be fetched without TLS.'),
    refresh: positiveDuration.prefault('10m').describe('How long a fetched key set counts as fresh.'),
    timeout: positiveDuration.prefault('5s').describe('Longest wait for the key set.'),
  })
  .describe('Bearer tokens (RFC 7519).')
  .meta({
    examples: [{ issuer: 'https://id.example.com/', audience: 'orders', algorithms: ['RS256'], claimHeaders: ['sub'] }],
  })
