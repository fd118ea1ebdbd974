import { askedPaths, ROUTE_COUNTS } from './routes.ts'

/** What is asked of every peer. Each is one call of wrk, or of h2load where the rate is fixed. */
export interface Work {
  readonly name: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  /** How many different paths; fewer where a request or an answer is large. */
  readonly paths: number
  /** `#` is replaced by a number. */
  readonly templates: readonly string[]
  readonly requestBytes: number
  /** Of the answer's body; an answer that is shorter is an error. */
  readonly answerBytes: number
  /** At half of what nginx can do at most, instead of as fast as possible. */
  readonly halfLoad: boolean
  /** A connection waits this long after each answer, so that all peers get about the same requests a second; 0: none. */
  readonly thinkMs: number
  /** Names of those it is asked of. */
  readonly peers: readonly string[]
  /** Who is compared with whom, and so asked in turns of a tenth of a second (`turns.ts`); null: each is asked for itself. */
  readonly sets: readonly (readonly string[])[] | null
  /** Those of a set are asked at the same time instead, each over its share of the connections. */
  readonly atOnce: boolean
  /** Each request carries the bearer token and the API key of one of 1,000 clients. */
  readonly credentials: boolean
  /** One answer is made of several, beside one that is passed on. */
  readonly aggregate: boolean
  /** How many routes are configured, where that is what is measured; else 0. */
  readonly routes: number
  /** Whose CPU per request in the same round that of the others is compared with. */
  readonly baseline: string
  /** The figure is CPU per GB of body rather than per request. */
  readonly perGb: boolean
}

const PROXIES = [
  'direct',
  'nginx',
  'haproxy',
  'envoy',
  'caddy',
  'traefik',
  'krakend',
  'node-undici',
  'fastify-http-proxy',
  'http-proxy',
  'sallyport',
]
/** Others than what people run as it comes. */
const VARIANTS = ['traefik-fast']
const LOGGED = ['nginx-log', 'sallyport-log']
/** What costs a few percent, beside what it is compared with: this machine's speed changes by a quarter from second to second. */
const GUARDED: Work['sets'] = [
  ['nginx', 'sallyport'],
  ['nginx', 'sallyport-all'],
  ['nginx', 'nginx-log'],
  ['nginx', 'nginx-limit'],
  ['sallyport', 'sallyport-all'],
  ['sallyport', 'sallyport-jwt'],
  ['sallyport', 'sallyport-key'],
  ['sallyport', 'sallyport-limit'],
  ['sallyport', 'sallyport-log'],
  ['sallyport', 'sallyport-two'],
  ['sallyport', 'sallyport-watched'],
  ['sallyport', 'sallyport-retry'],
  ['sallyport', 'sallyport-redis'],
]

const GET: Omit<Work, 'name' | 'title'> = {
  method: 'GET',
  paths: 1000,
  templates: ['/api/users/#', '/api/orders/#', '/api/products/#/prices?currency=EUR', '/api/users/#/addresses'],
  requestBytes: 0,
  answerBytes: 1024,
  halfLoad: false,
  thinkMs: 0,
  peers: PROXIES,
  sets: null,
  atOnce: false,
  credentials: false,
  aggregate: false,
  routes: 0,
  baseline: 'nginx',
  perGb: false,
}
const POST: typeof GET = {
  ...GET,
  method: 'POST',
  templates: ['/api/orders/#/items', '/api/carts/#'],
  requestBytes: 4096,
}

export const WORKS: readonly Work[] = [
  { ...GET, name: 'get-1k', title: 'GET, answers of 1 KB', peers: [...PROXIES, ...VARIANTS, ...LOGGED] },
  { ...POST, name: 'post-4k', title: 'POST of 4 KB, answers of 1 KB', peers: [...PROXIES, ...VARIANTS, ...LOGGED] },
  {
    ...GET,
    name: 'get-64k',
    title: 'GET, answers of 64 KB',
    paths: 200,
    templates: ['/api/reports/#'],
    answerBytes: 65_536,
    perGb: true,
  },
  {
    ...GET,
    name: 'get-1m',
    title: 'GET, answers of 1 MB',
    paths: 50,
    templates: ['/api/exports/#'],
    answerBytes: 1_048_576,
    perGb: true,
  },
  {
    ...POST,
    name: 'post-64k',
    title: 'POST of 64 KB',
    paths: 50,
    templates: ['/api/uploads/#'],
    requestBytes: 65_536,
    perGb: true,
  },
  {
    ...POST,
    name: 'post-1m',
    title: 'POST of 1 MB',
    paths: 8,
    templates: ['/api/uploads/#'],
    requestBytes: 1_048_576,
    perGb: true,
  },
  {
    ...GET,
    name: 'guarded-1k',
    title: 'GET, answers of 1 KB, with credentials',
    peers: [...new Set(GUARDED.flat())],
    sets: GUARDED,
    credentials: true,
  },
  {
    ...GET,
    name: 'guarded-even',
    title: 'GET, answers of 1 KB, with credentials, as many of both at the same time',
    peers: [...new Set(GUARDED.flat())],
    sets: GUARDED,
    atOnce: true,
    credentials: true,
    thinkMs: 2,
  },
  {
    ...GET,
    name: 'four-1k',
    title: 'GET, one answer of four of 1 KB',
    templates: ['/api/dashboard/#'],
    peers: ['nginx', 'sallyport', 'sallyport-four', 'krakend-four', 'fastify-four'],
    aggregate: true,
  },
  {
    ...GET,
    name: 'four-picked',
    title: 'GET, two members of each of four of 1 KB',
    templates: ['/api/dashboard/#'],
    answerBytes: 100,
    peers: ['nginx', 'sallyport', 'sallyport-four-picked', 'krakend-four-picked', 'fastify-four-picked'],
    aggregate: true,
  },
  {
    ...GET,
    name: 'four-typed',
    title: 'GET, two members of each of four of 1 KB, said by schemas and put together by a function',
    templates: ['/api/dashboard/#'],
    answerBytes: 100,
    peers: ['nginx', 'sallyport', 'sallyport-four-picked', 'sallyport-four-typed', 'fastify-four-picked'],
    aggregate: true,
  },
  ...ROUTE_COUNTS.map(routes => ({
    ...GET,
    name: `routes-${routes}`,
    title: `GET, answers of 1 KB, ${routes.toLocaleString('en')} routes`,
    templates: askedPaths(routes),
    peers: ['nginx', 'sallyport', 'fastify'].map(name => `${name}-routes-${routes}`),
    routes,
    baseline: `nginx-routes-${routes}`,
  })),
  { ...GET, name: 'half-load', title: 'GET, answers of 1 KB, at half of what nginx can do', halfLoad: true },
]

/** Bytes of body that one request moves, for the figures per GB. */
export const bodyBytes = (work: Work): number => Math.max(work.requestBytes, work.answerBytes)
