import { z } from 'zod'
import { flag, headerName, list, method, network, oneOrMore, positiveDuration } from './scalars.ts'

export const cache = z
  .strictObject({ ttl: positiveDuration.describe('How long an answer is fresh when it does not say.') })
  .describe('Keep answers (RFC 9111).')
  .meta({ id: 'cache', examples: [{ ttl: '30s' }] })

/** `*`, `https://app.example.com:8443` or `https://*.example.com`, as browsers write it. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/((\*\.)?[a-z0-9_.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i

const origin = z
  .string({ error: 'expected an origin' })
  .refine(value => value === '*' || (ORIGIN.test(value) && URL.canParse(value.replace('*.', ''))), {
    error: 'expected an origin without path, such as https://app.example.com or https://*.example.com, or "*"',
  })
  .meta({ title: 'origin', examples: ['https://app.example.com', 'https://*.example.com', '*'] })
  // Browsers leave out the default port.
  .transform(value => value.toLowerCase().replace(/^(https:.*):443$|^(http:.*):80$/, '$1$2'))

export const cors = z
  .union([
    z.literal('pass'),
    z.strictObject({
      origins: z
        .union([origin, list(origin).min(1)])
        .describe('Allowed origins: scheme and host, with * for the labels before a domain; or "*" for any.'),
      methods: list(method).optional().describe('Allowed methods; those of the route unless set.'),
      headers: list(headerName).optional().describe('Allowed request headers; whatever is asked for unless set.'),
      expose: list(headerName).optional().describe('Response headers that scripts may read.'),
      credentials: flag.default(false).describe('Whether cookies and credentials may be sent.'),
      maxAge: positiveDuration.optional().describe('How long browsers may keep the answer to a preflight.'),
    }),
  ])
  .describe(
    'Cross-origin requests of browsers. "pass": the service answers preflights itself; they reach it without a credential.',
  )
  .meta({ id: 'cors', examples: ['pass', { origins: ['https://app.example.com'], credentials: true }] })

export const ip = z
  .strictObject({
    allow: oneOrMore(network).optional().describe('Only these client addresses.'),
    deny: oneOrMore(network).optional().describe('Not these client addresses; goes before `allow`.'),
  })
  .describe('Which client addresses may pass.')
  .meta({ id: 'ip', examples: [{ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16'] }] })
