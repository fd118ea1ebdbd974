import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const services = { users: 'http://a', orders: 'http://b' }
const user = { to: 'users', path: '/me' }
const AT = 'routes[0].aggregate'

/** A route with an aggregate; what is given stands beside `branches`. */
const aggregate = (branches: Entry, given: Entry = {}, route: Entry = {}): Entry => ({
  services,
  routes: [{ path: '/d/{id}', ...route, aggregate: { branches, ...given } }],
})
const one = (given: Entry, route: Entry = {}): Entry => aggregate({ user: { ...user, ...given } }, {}, route)
const two = (a: Entry, b: Entry, given: Entry = {}): Entry =>
  aggregate({ a: { ...user, ...a }, b: { ...user, ...b } }, given)
const names = (count: number): Entry => Object.fromEntries(Array.from({ length: count }, (_, i) => [`b${i}`, user]))

const MEANT = 'let a service put them together, or set "maxBranches" where that is meant'
table('how many', [
  [aggregate(names(4))],
  [aggregate(names(5)), `warning: ${AT}.branches: are 5: a request to this route becomes as many; ${MEANT}`],
  [aggregate(names(11)), `${AT}.branches: are 11, more than 10; ${MEANT}`],
  [aggregate(names(11), { maxBranches: 11 })],
  [aggregate(names(6), { maxBranches: 5 }), `${AT}.branches: are 6, more than 5; ${MEANT}`],
  [aggregate({}), `${AT}.branches: needs at least one branch`],
  [{ services, routes: [{ path: '/', aggregate: {} }] }, `${AT}.branches: is missing; expected a map of keys`],
  [
    aggregate({ '1st': user, 'a.b': user, _meta: user }),
    ...['1st', 'a.b', '_meta'].map(
      name =>
        `${AT}.branches${/^\w+$/.test(name) ? `.${name}` : `["${name}"]`}: the key must be a name of letters, digits, "_" and "-", starting with a letter`,
    ),
  ],
])

table('services', [
  [one({ to: 'user' }), `${AT}.branches.user.to: unknown service "user"; did you mean "users"?`],
  [one({ requird: true }), `${AT}.branches.user.requird: unknown key; did you mean "required"?`],
  [aggregate({ user: { path: '/' } }), `${AT}.branches.user.to: is missing; expected text on one line`],
])

const ESCAPE = '"%" must be followed by two hex digits; a plain one is "%25"'
const DOTS = 'must not have "." or ".." as a segment; write the path that is meant'
table('paths', [
  [one({ path: '/a/{id}?b={query.x}&c=..' })],
  [one({ path: '/a/{{id}}' })],
  [one({ path: 'a' }), `${AT}.branches.user.path: expected a path that starts with "/", found "a"`],
  [one({ path: '{id}' }), `${AT}.branches.user.path: expected a path that starts with "/", found "{id}"`],
  ...['/..', '/a/../b', '/a/%2e%2E/b', '/.', '/{id}/..', '/..;x/b'].map(
    path => [one({ path }), `${AT}.branches.user.path: ${DOTS}`] as const,
  ),
  [one({ path: '/a..b/...' })],
  [one({ path: '/{id}..' })],
  [one({ path: '/100%' }), `${AT}.branches.user.path: ${ESCAPE}`],
  [one({ path: '/a?b=100%' })],
])

const BEGINS = 'it begins with params, query, headers, claims, body, branches, consumer or subject'
table('references', [
  [one({ path: '/{id}/{params.id}' })],
  [one({ path: '/{di}' }), `${AT}.branches.user.path: the path has no parameter {di}; did you mean "id"?`],
  [one({ path: '/{params.x}' }), `${AT}.branches.user.path: the path has no parameter {x}; it has {id}`],
  [
    one({ path: '/{consumr}' }),
    `${AT}.branches.user.path: the path has no parameter {consumr}; did you mean "consumer"?`,
  ],
  [
    one({ path: '/{a', query: { q: '{a.b}' }, headers: { x: '{claims}' } }),
    `${AT}.branches.user.path: has a brace without its counterpart (character 2); references are written {claims.sub}, braces themselves {{ and }}`,
    `${AT}.branches.user.query.q: {a.b} is no reference; ${BEGINS}`,
    `${AT}.branches.user.headers.x: {claims} needs a name after it; write it as in {claims.sub}; a path parameter of that name is {params.claims}`,
  ],
  [
    one({ method: 'POST', body: { a: ['x', { b: '{di}' }] } }),
    `${AT}.branches.user.body.a[1].b: the path has no parameter {di}; did you mean "id"?`,
  ],
  [
    one({ when: { di: 'x', 'clams.sub': 'x', 'query.a': { exists: true, not: 'x' }, 'query.b': {} } }),
    `${AT}.branches.user.when["query.a"].not: only one of "exists" or "not" can be given`,
    `${AT}.branches.user.when["query.b"]: needs one of "exists" or "not"`,
    `${AT}.branches.user.when.di: the path has no parameter {di}; did you mean "id"?`,
    `${AT}.branches.user.when["clams.sub"]: is no reference; did you mean "claims"?`,
  ],
])

const NOBODY = 'nobody proves who they are on this route'
const auth = {
  jwt: { jwt: { issuer: 'https://id', algorithms: ['RS256'] } },
  keys: { apiKey: { header: 'x-api-key' } },
}
const proved = (way: string, given: Entry): Entry => ({ auth, ...one(given, { auth: way }) })
table('references to who it is', [
  [
    one({ path: '/{claims.sub}', headers: { x: '{subject}' }, when: { consumer: { exists: true } } }),
    `warning: ${AT}.branches.user.path: ${NOBODY}, so {claims.sub} is never there; set "auth"`,
    `warning: ${AT}.branches.user.headers.x: ${NOBODY}, so {subject} is never there; set "auth"`,
    `warning: ${AT}.branches.user.when.consumer: ${NOBODY}, so it is never there; set "auth"`,
  ],
  [proved('jwt', { path: '/{claims.sub}/{subject}' })],
  [proved('keys', { path: '/{consumer}' })],
  [
    proved('keys', { path: '/{subject}' }),
    `warning: ${AT}.branches.user.path: no token is asked for on this route, so {subject} is never there; accept a way with "jwt"`,
  ],
  [
    proved('jwt', { path: '/{consumer}' }),
    `warning: ${AT}.branches.user.path: no way that this route accepts names a consumer, so {consumer} is never there; accept one with "apiKey", or set "consumerClaim" of the "jwt"`,
  ],
  // An unknown way was told; nothing follows from it.
  [proved('jwd', { path: '/{claims.sub}' }), 'routes[0].auth: unknown auth "jwd"; did you mean "jwt"?'],
])

const ENDS =
  'is a credential, which ends at the gateway; set "forward: true" of the way "jwt", and name the header in "passHeaders"'
table('credentials do not leave by a reference', [
  [
    proved('jwt', { headers: { authorization: '{headers.Authorization}' } }),
    `${AT}.branches.user.headers.authorization: {headers.Authorization} ${ENDS}`,
  ],
  [
    {
      auth: { jwt: { jwt: { ...auth.jwt.jwt, forward: true } } },
      ...one({ headers: { authorization: '{headers.authorization}' } }, { auth: 'jwt' }),
    },
  ],
  [one({ headers: { authorization: '{headers.authorization}' } })],
  [
    { auth, ...aggregate({ user }, { passHeaders: ['Authorization', 'x-api-key'] }, { auth: 'jwt' }) },
    `warning: ${AT}.passHeaders[0]: "Authorization" is a credential, which ends at the gateway; set "forward: true" of the way "jwt"`,
  ],
])

const BODYLESS = 'the requests of this route have no body, so'
table('bodies', [
  [one({ path: '/{body.id}' }, { methods: ['POST'] })],
  [one({ path: '/{body.id}' }, { methods: ['GET', 'PUT'] })],
  [
    one({ path: '/{body.id}' }),
    `${AT}.branches.user.path: ${BODYLESS} {body.id} is never there; set "methods" of the route, such as [POST]`,
  ],
  [
    one({ method: 'POST', body: '{body}' }, { methods: ['GET', 'HEAD'] }),
    `${AT}.branches.user.body: ${BODYLESS} {body} is never there; set "methods" of the route, such as [POST]`,
  ],
  [one({ body: {} }), `${AT}.branches.user.body: is not sent with GET; set "method", such as POST`],
  [one({ method: 'HEAD' }), `${AT}.branches.user.method: brings no body, so there would be no data; use GET`],
  [one({ method: 'post', body: [] })],
])

table('branches that refer to each other', [
  [two({}, { path: '/{branches.a.id}' })],
  [two({}, { path: '/{branches.c.id}' }), `${AT}.branches.b.path: unknown branch "c"; did you mean "a"?`],
  [one({ path: '/{branches.orders.id}' }), `${AT}.branches.user.path: unknown branch "orders"; add it to "branches"`],
  [two({}, { path: '/{branches.b.id}' }), `${AT}.branches.b.path: {branches.b.id} is of this branch itself`],
  [
    aggregate({
      a: { ...user, path: '/{branches.c.id}' },
      b: { ...user, query: { x: '{branches.a.id}' } },
      c: { ...user, when: { 'branches.b.ok': true } },
    }),
    `${AT}.branches.a: waits for itself: for "c", then "b", then "a"; leave out one of the references`,
  ],
  [
    two({ fallbackTo: 'b' }, { path: '/{branches.a.id}' }),
    `${AT}.branches.a: waits for itself: for "b", then "a"; leave out one of the references`,
  ],
])

table('what stands in', [
  [two({ fallback: null }, { fallbackTo: 'a' })],
  [two({ required: true, fallbackTo: 'b' }, {})],
  [
    one({ required: true, fallback: [] }),
    `warning: ${AT}.branches.user.required: means nothing: the fallback always stands in; leave one of the two out`,
  ],
  [two({ fallback: [], fallbackTo: 'b' }, {}), `${AT}.branches.a.fallbackTo: cannot be combined with "fallback"`],
  [two({ fallbackTo: 'c' }, {}), `${AT}.branches.a.fallbackTo: unknown branch "c"; did you mean "a"?`],
  [one({ fallbackTo: 'user' }), `${AT}.branches.user.fallbackTo: is the branch itself; name another one`],
  [
    aggregate({ a: { ...user, fallbackTo: 'b' }, b: { ...user, fallbackTo: 'c' }, c: user }),
    `${AT}.branches.a.fallbackTo: "b" falls back to another branch itself; name one that does not`,
  ],
])

table('times', [
  [aggregate({ user: { ...user, timeout: '999ms', retry: { perTry: '500ms' } } }, { deadline: '1s' })],
  [
    one({ timeout: '500ms' }),
    `warning: ${AT}.branches.user.timeout: is never reached: the deadline of the whole is 500ms; make it shorter, or "deadline" longer`,
  ],
  [
    one({ timeout: '200ms', retry: { perTry: '300ms' } }),
    `${AT}.branches.user.retry.perTry: is longer than the timeout of the branch (200ms)`,
  ],
  [
    one({ retry: { perTry: '1s' } }),
    `${AT}.branches.user.retry.perTry: is longer than the deadline of the whole (500ms)`,
  ],
  [one({ retry: 'none' })],
  [
    one({ retry: { attempts: 1, on: [503] } }),
    `warning: ${AT}.branches.user.retry.attempts: 1 is the first try alone, so "on" means nothing; write 2 for one retry`,
  ],
  [
    one({}, { timeout: '100ms' }),
    'warning: routes[0].timeout: ends before the deadline of the aggregate (500ms); make it longer, or "deadline" shorter',
  ],
  [
    aggregate({ user }, { deadline: '0s' }),
    `${AT}.deadline: expected a duration longer than 0, such as 250ms, 5s, 1m or 1h, found "0s"`,
  ],
])

table('sizes', [
  [aggregate({ user: { ...user, maxBytes: '16MiB' } }, { maxBytes: '64MiB' })],
  [aggregate({ user }, { maxBytes: '1KiB' })],
  [
    one({ maxBytes: '8MiB' }),
    `warning: ${AT}.branches.user.maxBytes: is larger than "maxBytes" of the whole; make that larger, too`,
  ],
  [
    one({ maxBytes: '0B', expect: ['6xx'] }),
    `${AT}.branches.user.expect[0]: expected a status such as 200, "2xx" or "200-204", found "6xx"`,
    `${AT}.branches.user.maxBytes: expected a size such as 64KiB, more than 0 and at most 16MiB, found "0B"`,
  ],
])

const CONDITIONAL = 'makes services answer 206, 304 or 412, of which there is no data; leave it out'
table('headers of requests', [
  [one({ headers: { 'X-Tenant': 'a', accept: 'application/hal+json', 'content-type': 'application/x' } })],
  ...[
    'Host',
    'content-length',
    'connection',
    'transfer-encoding',
    'x-consumer',
    'X-Claim-Sub',
    'x-forwarded-for',
    'accept-encoding',
  ].map(
    name => [one({ headers: { [name]: 'a' } }), `${AT}.branches.user.headers.${name}: is set by the gateway`] as const,
  ),
  [
    {
      auth: { jwt: { jwt: { ...auth.jwt.jwt, claimHeaders: { sub: 'X-User' } } } },
      ...one({ headers: { 'x-user': 'a' } }),
    },
    `${AT}.branches.user.headers.x-user: is set by the gateway`,
  ],
  [one({ headers: { range: 'bytes=0-1' } }), `warning: ${AT}.branches.user.headers.range: ${CONDITIONAL}`],
  [
    one({ headers: { 'x-a': '1', 'X-A': '2' } }),
    `${AT}.branches.user.headers.X-A: is written twice: names of header fields have no case`,
  ],
  [
    aggregate(
      { user },
      { passHeaders: ['x-a', 'X-A', 'host', 'content-type', 'accept-language', 'if-none-match', 'cookie'] },
    ),
    `${AT}.passHeaders[1]: names "X-A" twice`,
    `${AT}.passHeaders[2]: "host" is set by the gateway`,
    `${AT}.passHeaders[3]: "content-type" is set by the gateway`,
    `warning: ${AT}.passHeaders[4]: "accept-language" goes to every branch anyway; leave it out`,
    `warning: ${AT}.passHeaders[5]: ${CONDITIONAL}`,
  ],
])

table('headers of the answer', [
  [
    aggregate(
      { user },
      {
        headers: { 'Cache-Control': 'private', 'content-type': 'application/hal+json' },
        takeHeaders: { ETag: 'user', 'set-cookie': 'user' },
      },
    ),
  ],
  [
    aggregate(
      { user },
      {
        headers: { 'Content-Length': '1', etag: 'x' },
        takeHeaders: { ETag: 'user', connection: 'usr', 'Content-Type': 'user' },
      },
    ),
    `${AT}.headers.Content-Length: is set by the gateway`,
    `${AT}.takeHeaders.ETag: is set in "headers" as well`,
    `${AT}.takeHeaders.connection: is set by the gateway`,
    `${AT}.takeHeaders.Content-Type: is set by the gateway`,
    `${AT}.takeHeaders.connection: unknown branch "usr"; did you mean "user"?`,
  ],
])

table('edits', [
  [
    one({
      unwrap: 'data.items',
      pick: ['id', 'customer.name'],
      omit: ['id.x'],
      rename: { id: 'key', 'customer.name': 'by' },
      wrap: 'user',
    }),
  ],
  [
    one({ pick: ['a', 'a'], omit: [], rename: { a: 'x.y' }, wrap: '__proto__' }),
    `${AT}.branches.user.omit: expected at least one, found an empty list`,
    `${AT}.branches.user.rename.a: expected the name of a member, without dots, found "x.y"`,
    `${AT}.branches.user.wrap: expected the name of a member, without dots, found "__proto__"`,
    `${AT}.branches.user.pick[1]: names "a" twice`,
  ],
  [
    one({ rename: { a: 'x', b: 'x', 'c.x': 'x', d: 'd' } }),
    `${AT}.branches.user.rename.b: gets the same name as "a"`,
    `warning: ${AT}.branches.user.rename["c.x"]: is what it is called already`,
    `warning: ${AT}.branches.user.rename.d: is what it is called already`,
  ],
])

const zip = (given: Entry, ...joins: Entry[]): Entry => ({ shape: { zip: { list: 'a', key: 'id', joins, ...given } } })
const b = { branch: 'b', key: 'userId', as: 'orders' }
const CONFLICT =
  'which is an error when both answer; leave out or rename one, or set "shape: { merge: { conflicts: first } }"'
table('shapes', [
  ...['object', 'list', 'flatten', 'merge', { merge: { conflicts: 'first' } }, { merge: {} }].map(
    shape => [aggregate({ user }, { shape })] as const,
  ),
  [
    aggregate({ user }, { shape: 'array' }),
    `${AT}.shape: unknown value "array"; use "object", "list", "flatten" or "merge"`,
  ],
  [aggregate({ user }, { shape: {} }), `${AT}.shape: needs one of "merge" or "zip"`],
  [
    aggregate({ user }, { shape: 'list', meta: true }),
    `${AT}.meta: needs an object, in which it is a member; use the shape "object" or "merge"`,
  ],
  [aggregate({ user }, { shape: 'merge', meta: true })],
  [two({}, {}, zip({}, b))],
  [
    two({}, {}, zip({ list: 'c' }, { ...b, branch: 'bb' }, { ...b, branch: 'a' })),
    `${AT}.shape.zip.list: unknown branch "c"; did you mean "a"?`,
    `${AT}.shape.zip.joins[0].branch: unknown branch "bb"; did you mean "b"?`,
    `${AT}.shape.zip.joins[1].as: "orders" is the name of another one`,
  ],
  [
    two({}, {}, zip({}, { ...b, branch: 'a' })),
    `warning: ${AT}.branches.b: is asked for nothing: the shape "zip" does not name it; add it to "joins", or leave it out`,
    `${AT}.shape.zip.joins[0].branch: is the list itself; name another branch`,
  ],
  [two({}, {}, zip({ joins: [] })), `${AT}.shape.zip.joins: expected at least one, found an empty list`],
  [
    two({ pick: ['id', 'a.x'] }, { pick: ['id', 'a.y', 'z'], rename: { z: 'w' } }, { shape: 'merge' }),
    `warning: ${AT}.branches.b: has "id" and "a" like "a", ${CONFLICT}`,
  ],
  [two({ pick: ['id'] }, { pick: ['id'] }, { shape: { merge: { conflicts: 'last' } } })],
  [
    two({ pick: ['id'] }, { pick: ['key'], rename: { key: 'id' } }, { shape: 'merge' }),
    `warning: ${AT}.branches.b: has "id" like "a", ${CONFLICT}`,
  ],
  [two({ pick: ['id'], wrap: 'a' }, { pick: ['id'], wrap: 'b' }, { shape: 'merge' })],
  [
    two({ fallback: [] }, { fallback: {} }, { shape: 'merge' }),
    `${AT}.branches.a.fallback: must be a map, as the shape "merge" needs it`,
  ],
  [
    two({ fallback: [] }, { fallback: {} }, { shape: 'flatten' }),
    `${AT}.branches.b.fallback: must be a list, as the shape "flatten" needs it`,
  ],
  [
    aggregate(
      { a: { ...user, path: '/{branches.c.id}' }, b: { ...user, fallback: null }, c: { ...user, fallback: { id: 0 } } },
      zip({}, b),
    ),
    `${AT}.branches.b.fallback: must be a list, as the shape "zip" needs it`,
  ],
])

table('what else the route says', [
  [one({}, { cors: { origins: '*' }, rateLimit: { limit: '5/s', by: 'ip' }, fields: { omit: ['x'] }, retry: 'none' })],
  [
    one({}, { cors: 'pass' }),
    'routes[0].cors: needs "to": no service answers preflights of an aggregate; name the origins',
  ],
  [one({}, { rewrite: '/a' }), 'routes[0].rewrite: needs "to"; it changes the path that goes upstream'],
  [
    one({}, { to: 'users' }),
    'routes[0].aggregate: only one of "to", "respond", "redirect", "aggregate" or "handler" can be given',
  ],
  // POST is another route's: an aggregate without methods takes GET.
  [
    {
      services,
      routes: [
        { path: '/', aggregate: { branches: { user } } },
        { path: '/', methods: ['POST'], to: 'users' },
      ],
    },
  ],
  [
    { services, routes: [{ path: '/', to: 'users', fields: {} }] },
    'routes[0].fields: needs "pick", "omit" or "rename"',
  ],
  [
    { services, routes: [{ path: '/', redirect: '/a', fields: { pick: ['a'] } }] },
    'routes[0].fields: needs "to" or "aggregate": no service is asked where there is "redirect"',
  ],
])
