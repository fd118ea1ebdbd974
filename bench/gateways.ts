import { join } from 'node:path'
import { type Child, start } from './children.ts'
import type { Launch, Left, Peer } from './peer.ts'
import { CONFIGS, needs, pinnedNode } from './places.ts'
import { madeOfFour, twoOfEach } from './proofs.ts'
import { writeFilled } from './template.ts'

/** One processor for what is written in Go, as the others have one worker. */
const ONE_PROCESSOR = { GOMAXPROCS: '1' }

const launchCaddy: Launch = async ({ port, upstream, folder }) => {
  const values = { PORT: port, UPSTREAM: upstream }
  const config = writeFilled(join(CONFIGS, 'Caddyfile'), join(folder, 'Caddyfile'), values)
  const homeless = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  return start('caddy', 'caddy', ['run', '--adapter', 'caddyfile', '--config', config], {
    ...ONE_PROCESSOR,
    ...homeless,
  })
}

/** `experimental`: a line for its configuration. */
const launchTraefik =
  (name: string, experimental: string): Launch =>
  async ({ port, upstream, folder }) => {
    const routes = join(folder, `${name}-routes.yaml`)
    writeFilled(join(CONFIGS, 'traefik-routes.yaml'), routes, { UPSTREAM: upstream })
    const config = join(folder, `${name}.yaml`)
    writeFilled(join(CONFIGS, 'traefik.yaml'), config, { PORT: port, ROUTES: routes, EXPERIMENTAL: experimental })
    return start(name, 'traefik', [`--configFile=${config}`], ONE_PROCESSOR)
  }

const launchEnvoy: Launch = async ({ port, upstream, folder }) => {
  const values = { PORT: port, UPSTREAM: upstream }
  const config = writeFilled(join(CONFIGS, 'envoy.yaml'), join(folder, 'envoy.yaml'), values)
  return start('envoy', 'envoy', ['-c', config, '--concurrency', '1', '--disable-hot-restart', '-l', 'error'])
}

/** `edit` goes into each of the four backends of the dashboard; `program` may have arguments of its own. */
export const launchKrakend =
  (name: string, edit: string, [program, ...first]: readonly [string, ...string[]] = ['krakend']): Launch =>
  async ({ port, upstream, folder }) => {
    const values = { PORT: port, UPSTREAM: upstream, EDIT: edit }
    const config = writeFilled(join(CONFIGS, 'krakend.json'), join(folder, `${name}.json`), values)
    return start(name, program, [...first, 'run', '-c', config], { ...ONE_PROCESSOR, USAGE_DISABLE: '1' })
  }

/** A script of `servers/`, which is given its port and the upstream's. */
const launchScript =
  (name: string): Launch =>
  async ({ port, upstream }): Promise<Child> =>
    start(name, pinnedNode(), [join(import.meta.dirname, `servers/${name}.ts`), String(port), String(upstream)])

const plain = { warmsUp: false, proofs: [] }
const warm = { warmsUp: true, missing: () => null, proofs: [] }
/** Of the community edition, as of Traefik, nothing makes request ids; nor does it tell the scheme. */
const krakendLeaves: readonly Left[] = ['requestId', 'proto']

/** What people use instead, and what Node teams put together. */
export const GATEWAYS: readonly Peer[] = [
  { ...plain, name: 'envoy', title: 'Envoy', missing: needs('envoy'), launch: launchEnvoy },
  { ...plain, name: 'caddy', title: 'Caddy', missing: needs('caddy'), launch: launchCaddy },
  {
    ...plain,
    name: 'traefik',
    title: 'Traefik (no request ids)',
    missing: needs('traefik'),
    launch: launchTraefik('traefik', ''),
    leavesOut: ['requestId'],
  },
  {
    ...plain,
    name: 'traefik-fast',
    title: 'Traefik + fastProxy (no request ids)',
    missing: needs('traefik'),
    launch: launchTraefik('traefik-fast', 'experimental: { fastProxy: {} }'),
    leavesOut: ['requestId'],
  },
  {
    ...plain,
    name: 'krakend',
    title: 'KrakenD (no request ids)',
    missing: needs('krakend'),
    launch: launchKrakend('krakend', ''),
    leavesOut: krakendLeaves,
  },
  { ...warm, name: 'node-undici', title: 'node:http + undici', launch: launchScript('node-undici') },
  { ...warm, name: 'fastify-http-proxy', title: '@fastify/http-proxy', launch: launchScript('fastify-http-proxy') },
  { ...warm, name: 'http-proxy', title: 'http-proxy', launch: launchScript('http-proxy') },
]

/** KrakenD's own business: one answer of several. */
export const KRAKEND_AGGREGATES: readonly Peer[] = [
  {
    ...plain,
    name: 'krakend-four',
    title: 'KrakenD, one answer of four',
    missing: needs('krakend'),
    launch: launchKrakend('krakend-four', ''),
    leavesOut: krakendLeaves,
    proofs: [madeOfFour],
  },
  {
    ...plain,
    name: 'krakend-four-picked',
    title: 'KrakenD, two members of each of four',
    missing: needs('krakend'),
    launch: launchKrakend('krakend-four-picked', ', "allow": ["id", "name"]'),
    leavesOut: krakendLeaves,
    proofs: [twoOfEach],
  },
]
