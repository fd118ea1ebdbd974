import { z } from 'zod'
import { flag, headerName, matching, token } from './scalars.ts'

/** What RFC 9110 §11.4 lets stand between quotes without escapes. */
const REALM = /^[\u0020\u0021\u0023-\u005b\u005d-\u007e]{1,100}$/
const PLACE = /^(header:[!#$%&'*+.^_`|~0-9A-Za-z-]+|cookie:[!#$%&'*+.^_`|~0-9A-Za-z-]+|query:[^\u0000-\u001f\u007f]+)$/

export const credentialPlace = z.union([
  matching(PLACE, 'use "header:<name>", "cookie:<name>" or "query:<name>"', {
    title: 'place',
    examples: ['header:authorization', 'cookie:token', 'query:access_token'],
  }),
  z.strictObject({
    header: headerName.describe('Header that carries the credential.'),
    scheme: token.describe('What stands before it, such as Bearer.'),
  }),
])

export const forward = flag
  .default(false)
  .describe('Whether the credential is passed on to the service; otherwise it ends at the gateway.')

export const realm = matching(REALM, 'expected plain text without quotes and backslashes')
  .default('sallyport')
  .describe('Name of what is protected, in `WWW-Authenticate`.')
