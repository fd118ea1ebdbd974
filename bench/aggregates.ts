import { join } from 'node:path'
import { start } from './children.ts'
import type { Launch, Peer, Proof } from './peer.ts'
import { CONFIGS, pinnedNode } from './places.ts'
import { get } from './ports.ts'
import { needsSallyport, startSallyport } from './sallyport.ts'
import { writeFilled } from './template.ts'

const BRANCHES = ['user', 'orders', 'products', 'reviews']

/** One answer of four, complete, with the members that are said; the other peers pass the request on. */
const aggregates =
  (members: (part: object) => boolean): Proof =>
  async ({ port }) => {
    const { status, body } = await get(port, '/api/dashboard/7', {})
    const parts: Record<string, object> = JSON.parse(body)
    const complete = status === 200 && Object.keys(parts).join() === BRANCHES.join()
    if (!complete || !Object.values(parts).every(members)) throw new Error('it does not make one answer of four')
  }

const whole = aggregates(part => Object.keys(part).length > 2)
const picked = aggregates(part => Object.keys(part).join() === 'id,name')

const launchSallyport =
  (name: string, edit: string): Launch =>
  async place => {
    const config = writeFilled(join(CONFIGS, 'aggregate.yaml'), join(place.folder, `${name}.yaml`), { EDIT: edit })
    return startSallyport(name, config, place)
  }

const launchFastify =
  (...more: readonly string[]): Launch =>
  async ({ port, upstream }) => {
    const script = join(import.meta.dirname, 'servers/fastify-bff.ts')
    return start('fastify-bff', pinnedNode(), [script, String(port), String(upstream), ...more])
  }

const sallyport = { missing: needsSallyport, warmsUp: true, passesOn: true }
const byHand = { missing: () => null, warmsUp: true, passesOn: false }

export const AGGREGATES: readonly Peer[] = [
  {
    ...sallyport,
    name: 'sallyport-four',
    title: 'Sallyport, one answer of four',
    launch: launchSallyport('sallyport-four', ''),
    proofs: [whole],
  },
  {
    ...sallyport,
    name: 'sallyport-four-picked',
    title: 'Sallyport, two members of each of four',
    launch: launchSallyport('sallyport-four-picked', ', pick: [id, name]'),
    proofs: [picked],
  },
  {
    ...byHand,
    name: 'fastify-four',
    title: 'Fastify + undici by hand, one of four',
    launch: launchFastify(),
    proofs: [whole],
  },
  {
    ...byHand,
    name: 'fastify-four-picked',
    title: 'Fastify + undici by hand, two members of each',
    launch: launchFastify('pick'),
    proofs: [picked],
  },
]
