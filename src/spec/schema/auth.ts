import { z } from 'zod'
import { forward, realm } from './credential.ts'
import { jwt } from './jwt.ts'
import { headerName, label, list, name, nonEmpty, token } from './scalars.ts'

const apiKey = z
  .strictObject({
    header: headerName.optional().describe('Header that carries the key, such as x-api-key.'),
    scheme: token
      .optional()
      .describe('What stands before the key in that header; Bearer for authorization, else nothing, unless set.'),
    query: nonEmpty.optional().describe('Query parameter that carries the key.'),
    cookie: token.optional().describe('Cookie that carries the key.'),
    forward,
    realm,
  })
  .describe('Keys of the consumers.')
  .meta({ examples: [{ header: 'x-api-key' }] })

export const auth = z
  .record(
    name,
    z
      .strictObject({ jwt: jwt.optional(), apiKey: apiKey.optional() })
      .describe('A way of proving who one is; either `jwt` or `apiKey`.'),
  )
  .default({})
  .describe('Named ways of proving who one is.')
  .meta({
    examples: [
      {
        staff: { jwt: { issuer: 'https://id.example.com/', audience: 'orders', algorithms: ['RS256'] } },
        partners: { apiKey: { header: 'x-api-key' } },
      },
    ],
  })

const way = label.meta({ title: 'name in auth' })
const ways = list(way).min(1)

/** Names of ways, `none` and `optional`. Whether they exist is checked later, for a better message. */
export const authRef = z
  .union([
    way,
    ways,
    z.strictObject({
      any: ways.optional().describe('One of these ways is enough.'),
      all: ways.optional().describe('Each of these ways is needed.'),
    }),
  ])
  .describe(
    'Which ways of `auth` are accepted: a name, a list of which any is enough, or { all: [...] }. "none": nobody needs to prove anything. "optional", alone or in a list: a request without a credential passes as nobody.',
  )
  .meta({
    id: 'authRef',
    examples: ['staff', ['staff', 'partners'], 'none', { all: ['staff', 'partners'] }],
  })
