import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUDIENCE, consumersFile, ISSUER, issuerFile } from './credentials.ts'
import type { Launch, Peer, Proof } from './peer.ts'
import { CONFIGS, installed } from './places.ts'
import { checksKeys, checksTokens, counts, logs } from './proofs.ts'
import { startRedis } from './redis.ts'
import { accessLogFile, accessLogTo, needsSallyport, startSallyport } from './sallyport.ts'
import { writeFilled } from './template.ts'

/** Sallyport with something before each of its routes, to be compared with itself without. */
interface Guard {
  readonly name: string
  readonly title: string
  /** Top-level keys of the configuration, for a run with this folder. */
  readonly top: (folder: string) => string | Promise<string>
  /** Members of each route. */
  readonly each: string
  readonly proofs: readonly Proof[]
}

const tokens = (folder: string): string =>
  `auth:\n  main: { jwt: { issuer: "${ISSUER}", audience: ${AUDIENCE}, keys: "${issuerFile(folder)}", algorithms: [RS256] } }\n`

const keys = (folder: string): string =>
  `auth:\n  keys: { apiKey: { header: x-api-key } }\n${readFileSync(consumersFile(folder), 'utf8')}`

const redis = async (folder: string): Promise<string> =>
  `state: { redis: "${await startRedis(folder)}", timeout: 1s }\n`

/** So high that it never refuses: each of 1,000 clients is far below. One that does would void the figures. */
const LIMIT = 'limit: 1000000/1m'
/** Where Redis is too late nothing is admitted, so that no request that this machine counted alone is in the figures. */
const OR_NONE = 'onStoreFailure: deny'

const ALL = 'sallyport-all'

const GUARDS: readonly Guard[] = [
  {
    name: 'sallyport-jwt',
    title: 'Sallyport + JWT',
    top: tokens,
    each: 'auth: main',
    proofs: [checksTokens],
  },
  {
    name: 'sallyport-key',
    title: 'Sallyport + API key',
    top: keys,
    each: 'auth: keys',
    proofs: [checksKeys],
  },
  {
    name: 'sallyport-limit',
    title: 'Sallyport + local limit',
    top: () => '',
    each: `rateLimit: { ${LIMIT}, by: "header:x-api-key" }`,
    proofs: [counts],
  },
  {
    name: 'sallyport-redis',
    title: 'Sallyport + limit in Redis',
    top: redis,
    each: `rateLimit: { ${LIMIT}, by: "header:x-api-key", ${OR_NONE} }`,
    proofs: [counts],
  },
  {
    name: ALL,
    title: 'Sallyport + JWT, local limit, access log',
    top: folder => tokens(folder) + accessLogTo(accessLogFile(folder, ALL)),
    each: `auth: main, rateLimit: { ${LIMIT}, by: consumer }`,
    proofs: [checksTokens, counts, logs(ALL)],
  },
]

const launchGuarded =
  ({ name, top, each }: Guard): Launch =>
  async place => {
    const values = { TOP: await top(place.folder), EACH: each }
    const config = writeFilled(join(CONFIGS, 'guarded.yaml'), join(place.folder, `${name}.yaml`), values)
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
