import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUDIENCE, consumersFile, ISSUER, issuerFile } from './credentials.ts'
import type { Launch, Peer, Place, Proof } from './peer.ts'
import { CONFIGS, installed } from './places.ts'
import { checksKeys, checksTokens, counts, logs, opens } from './proofs.ts'
import { startRedis } from './redis.ts'
import { accessLogFile, accessLogTo, needsSallyport, startSallyport } from './sallyport.ts'
import { writeFilled } from './template.ts'

/** Sallyport with something before each of its routes, to be compared with itself without. */
interface Guard {
  readonly name: string
  readonly title: string
  /** Top-level keys of the configuration. */
  readonly top: (place: Place) => string | Promise<string>
  /** Members of each route, each behind a comma. */
  readonly each: string
  /** The service; one target and nothing else unless given. */
  readonly backend?: string
  readonly proofs: readonly Proof[]
}

const tokens = ({ folder }: Place): string =>
  `auth:\n  main: { jwt: { issuer: "${ISSUER}", audience: ${AUDIENCE}, keys: "${issuerFile(folder)}", algorithms: [RS256] } }\n`

const keys = ({ folder }: Place): string =>
  `auth:\n  keys: { apiKey: { header: x-api-key } }\n${readFileSync(consumersFile(folder), 'utf8')}`

const redis = async ({ folder }: Place): Promise<string> =>
  `state: { redis: "${await startRedis(folder)}", timeout: 1s }\n`

/** So high that it never refuses: each of 1,000 clients is far below. One that does would void the figures. */
const LIMIT = 'limit: 1000000/1m'
/** Where Redis is too late nothing is admitted, so that no request that this machine counted alone is in the figures. */
const OR_NONE = 'onStoreFailure: deny'

const TARGET = 'http://127.0.0.1:${env:BENCH_UPSTREAM}'
/** The same server under another address: two targets, each with connections of its own. */
const TWO = `endpoints: ["${TARGET}", "http://127.0.0.2:\${env:BENCH_UPSTREAM}"]`
const BREAKER = '{ failureRate: 50%, minRequests: 20, openFor: 1s }'
const WATCHED = `health: { path: /healthz, interval: 1s }, outliers: { ejectFor: 1s }, breaker: ${BREAKER}, targetBreaker: ${BREAKER}`

const GUARDS: readonly Guard[] = [
  {
    name: 'sallyport-jwt',
    title: 'Sallyport + JWT',
    top: tokens,
    each: ', auth: main',
    proofs: [checksTokens],
  },
  {
    name: 'sallyport-key',
    title: 'Sallyport + API key',
    top: keys,
    each: ', auth: keys',
    proofs: [checksKeys],
  },
  {
    name: 'sallyport-limit',
    title: 'Sallyport + local limit',
    top: () => '',
    each: `, rateLimit: { ${LIMIT}, by: "header:x-api-key" }`,
    proofs: [counts],
  },
  {
    name: 'sallyport-redis',
    title: 'Sallyport + limit in Redis',
    top: redis,
    each: `, rateLimit: { ${LIMIT}, by: "header:x-api-key", ${OR_NONE} }`,
    proofs: [counts],
  },
  {
    name: 'sallyport-all',
    title: 'Sallyport + JWT, local limit, access log',
    top: place => tokens(place) + accessLogTo(accessLogFile(place)),
    each: `, auth: main, rateLimit: { ${LIMIT}, by: consumer }`,
    proofs: [checksTokens, counts, logs],
  },
  {
    name: 'sallyport-two',
    title: 'Sallyport, two targets',
    top: () => '',
    each: '',
    backend: `{ ${TWO} }`,
    proofs: [],
  },
  {
    name: 'sallyport-watched',
    title: 'Sallyport, two targets + least-request, health, outliers, both breakers',
    top: () => '',
    each: '',
    backend: `{ ${TWO}, balance: least-request, ${WATCHED} }`,
    proofs: [opens],
  },
  {
    name: 'sallyport-retry',
    title: 'the same + retries within a budget',
    top: () => '',
    each: '',
    backend: `{ ${TWO}, balance: least-request, ${WATCHED}, retry: { budget: 20% } }`,
    proofs: [opens],
  },
]

const launchGuarded =
  ({ name, top, each, backend = `{ url: "${TARGET}" }` }: Guard): Launch =>
  async place => {
    const values = { TOP: await top(place), EACH: each, BACKEND: backend }
    const config = writeFilled(join(CONFIGS, 'guarded.yaml'), join(place.folder, `${name}-${place.port}.yaml`), values)
    return startSallyport(name, config, place)
  }

const needsRedis = (): string | null => (installed('redis-server') ? null : 'redis-server is not installed')

export const GUARDED: readonly Peer[] = GUARDS.map(guard => ({
  name: guard.name,
  title: guard.title,
  missing: () => needsSallyport() ?? (guard.top === redis ? needsRedis() : null),
  warmsUp: true,
  launch: launchGuarded(guard),
  proofs: guard.proofs,
}))
