import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocument } from './check.ts'
import { showTemplate } from './ref-template.ts'
import { plainSource } from './source.ts'
import { problemTable as table } from './testing/problem-table.ts'

type Entry = Record<string, unknown>

const services = { a: 'http://a', told: { url: 'http://b', deadlineHeader: 'x-left-ms', timeout: { total: '1s' } } }
const auth = {
  main: { jwt: { issuer: 'https://id.example.com/', algorithms: ['RS256'], claimHeaders: { sub: 'x-user' } } },
}
const route = (given: Entry, rest: Entry = {}): Entry => ({
  services,
  auth,
  routes: [{ path: '/a/{id}', to: 'a', ...given }],
  ...rest,
})
const requests = (edits: unknown, given: Entry = {}, rest: Entry = {}): Entry =>
  route({ requestHeaders: edits, ...given }, rest)
const answers = (edits: unknown, given: Entry = {}): Entry => route({ responseHeaders: edits, ...given })
const set = (name: string): Entry => ({ set: { [name]: 'v' } })

const AT = 'routes[0].requestHeaders'
const CONNECTION = 'belongs to the connection, not to what is passed on; leave it out'
const OURS = 'is set by the gateway; use another name'
const IDENTITY = 'says who the client is, which only authentication may; use another name'

table('what can be edited', [
  [requests({ set: { 'X-A': '1', 'x-b': '{id}' }, add: { 'x-c': ['1', '2'], 'x-a': '3' }, remove: ['Cookie'] })],
  [requests({ set: { authorization: 'Basic eA==', 'x-forwarded-prefix': '/shop', 'accept-encoding': 'gzip' } })],
  [
    answers({
      set: { 'strict-transport-security': 'max-age=1', 'set-cookie': 'a=b' },
      remove: ['server', 'x-powered-by'],
    }),
  ],
  [requests({}), `${AT}: needs "set", "add" or "remove"`],
  [
    requests({ put: { a: 'b' } }),
    `${AT}.put: unknown key; known keys are set, add and remove`,
    `${AT}: needs "set", "add" or "remove"`,
  ],
])

table('names that are not theirs to edit', [
  ...[
    'connection',
    'Transfer-Encoding',
    'content-length',
    'te',
    'trailer',
    'upgrade',
    'keep-alive',
    'proxy-authorization',
  ].flatMap((name): [unknown, string][] => [
    [requests(set(name)), `${AT}.set.${name}: ${CONNECTION}`],
    [answers({ remove: [name] }), `routes[0].responseHeaders.remove[0]: ${CONNECTION}`],
  ]),
  [
    requests(set('Host')),
    `${AT}.set.Host: is no field that can be edited; set "rewriteHost" of the route, or "host: preserve" of the service`,
  ],
  ...['via', 'forwarded', 'x-forwarded-for', 'X-Request-Id', 'expect', 'sec-websocket-key'].map(
    (name): [unknown, string] => [requests(set(name)), `${AT}.set.${name}: ${OURS}`],
  ),
  ...['x-consumer', 'X_Consumer', 'x-claim-sub', 'x-consumer-groups', 'x-user', 'x_user', 'x_forwarded_for'].map(
    (name): [unknown, string] => [requests({ remove: [name] }), `${AT}.remove[0]: ${IDENTITY}`],
  ),
  [requests(set('x-left-ms')), `${AT}.set.x-left-ms: is set by the gateway; it is "deadlineHeader" of service "told"`],
  [requests(set('traceparent'))],
  [
    requests(set('traceparent'), {}, { tracing: { otlp: 'http://c:4318' } }),
    `${AT}.set.traceparent: is set by the gateway; it comes from "tracing"`,
  ],
  ...['date', 'x-request-id', 'sallyport-partial'].map((name): [unknown, string] => [
    answers(set(name)),
    `routes[0].responseHeaders.set.${name}: ${OURS}`,
  ]),
  [answers(set('access-control-allow-origin'))],
  [
    answers(set('access-control-allow-origin'), { cors: { origins: '*' } }),
    'routes[0].responseHeaders.set.access-control-allow-origin: is written by "cors" of the route; say it there',
  ],
])

const NAME = 'expected a header name'
const VALUE = 'expected a header value: text on one line without spaces around it (put numbers in quotes)'

table('names and values that no field can have', [
  ...['', 'a b', 'a:', 'a\r\nb', 'é'].map((name): [unknown, string] => [
    requests({ remove: [name] }),
    `${AT}.remove[0]: ${NAME}, found ${JSON.stringify(name)}`,
  ]),
  ...['a\r\nb: c', 'a\nb', '\0', ' a', 'a ', '\u010a'].map((value): [unknown, string] => [
    requests({ set: { 'x-a': value } }),
    `${AT}.set.x-a: ${VALUE}, found ${JSON.stringify(value)}`,
  ]),
])

table('edits that contradict each other', [
  [requests({ set: { 'x-a': '1' }, remove: ['X-A'] }), `${AT}.remove[0]: is set as well; "set" replaces what came`],
  [requests({ add: { 'x-a': '1' }, remove: ['x-a'] }), `${AT}.remove[0]: is added as well; write it in "set" alone`],
  [requests({ remove: ['x-a', 'X-A'] }), `${AT}.remove[1]: names "x-a" twice`],
  [
    requests({ set: { 'x-a': '1', 'X-A': '2' } }),
    `${AT}.set.X-A: is written twice: names of header fields have no case`,
  ],
])

table('references', [
  [requests({ set: { 'x-a': '{idd}' } }), `${AT}.set.x-a: the path has no parameter {idd}; did you mean "id"?`],
  [
    requests({ add: { 'x-a': ['1', '{nobody.x}'] } }),
    `${AT}.add.x-a[1]: {nobody.x} is no reference; did you mean "body"?`,
  ],
  [
    requests({ set: { 'x-a': '{body.a}' } }),
    `${AT}.set.x-a: {body.a} is not known when header fields are edited; use a parameter of the path, the query, a header or a claim`,
  ],
  [
    requests({ set: { 'x-a': '{claims.sub}' } }),
    `warning: ${AT}.set.x-a: nobody proves who they are on this route, so {claims.sub} is never there; set "auth"`,
  ],
  [requests({ set: { 'x-a': '{claims.sub}' } }, { auth: 'main' })],
  [
    requests({ set: { 'x-a': '{headers.authorization}' } }, { auth: 'main' }),
    `${AT}.set.x-a: {headers.authorization} is a credential, which ends at the gateway; set "forward: true" of the way "main"`,
  ],
  [
    requests({ set: { 'x-a': '{' } }),
    `${AT}.set.x-a: has a brace without its counterpart (character 1); references are written {claims.sub}, braces themselves {{ and }}`,
  ],
])

table('what is inherited', [
  [route({}, { defaults: { requestHeaders: { set: { 'x-a': '{claims.sub}' } } } })],
  [
    route({}, { defaults: { requestHeaders: { set: { 'x-a': '{other}' } } } }),
    `${AT}: the path has no parameter {other}; it has {id}`,
  ],
  [route({}, { defaults: { responseHeaders: set('date') } }), `defaults.responseHeaders.set.date: ${OURS}`],
  [route({ requestHeaders: 'none' }), `warning: ${AT}: declines what nothing hands down; leave it out`],
  [route({ requestHeaders: 'none' }, { defaults: { requestHeaders: set('x-a') } })],
])

table('where nobody is asked', [
  [
    { routes: [{ path: '/', respond: {}, requestHeaders: set('x-a') }] },
    `${AT}: needs "to" or "aggregate": no service is asked where there is "respond"`,
  ],
  [{ defaults: { requestHeaders: set('x-a') }, routes: [{ path: '/', respond: {}, responseHeaders: set('x-a') }] }],
  [
    { routes: [{ path: '/', respond: {}, rewriteHost: 'a.example' }] },
    'routes[0].rewriteHost: needs "to"; it is the "Host" that goes upstream',
  ],
  [
    route({ rewriteHost: 'http://a' }),
    'routes[0].rewriteHost: expected a host name without scheme and port, such as www.example.com, found "http://a"',
  ],
])

test('levels are done one after the other, outermost first', () => {
  const edits = (document: Entry): string[] => {
    const { spec, problems } = checkDocument(plainSource(document))
    assert.deepEqual(problems, [])
    return spec!.routes[0]!.requestHeaders.map(
      ({ name, replaces, values }) => `${name}${replaces ? '=' : '+'}${values.map(showTemplate)}`,
    )
  }
  const nest = (outer: unknown, own: unknown): Entry => ({
    services,
    defaults: { requestHeaders: { set: { 'X-A': '0', 'x-b': '0' }, add: { 'x-c': '0' }, remove: ['x-d'] } },
    frontends: {
      m: {
        prefix: '/m',
        requestHeaders: outer,
        routes: [{ prefix: '/', to: 'a', requestHeaders: own }],
      },
    },
  })
  assert.deepEqual(
    edits(nest({ add: { 'x-a': '1', 'X-D': '1' } }, { set: { 'x-b': '2' }, add: { 'x-c': ['2', '3'] } })),
    ['x-d=1', 'x-a=0,1', 'x-b=2', 'x-c+0,2,3'],
  )
  assert.deepEqual(edits(nest('none', { add: { 'x-b': '2' } })), ['x-b+2'])
  assert.deepEqual(edits(nest({ remove: ['x-c'] }, 'none')), [])
  assert.deepEqual(edits(nest({ remove: ['x-c'] }, { add: { 'x-c': '2' } })).at(-1), 'x-c=2')
})
