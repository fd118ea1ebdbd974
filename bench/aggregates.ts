import { join } from 'node:path'
import { start } from './children.ts'
import { KRAKEND_AGGREGATES } from './gateways.ts'
import type { Launch, Peer } from './peer.ts'
import { CONFIGS, pinnedNode } from './places.ts'
import { madeOfFour, twoOfEach } from './proofs.ts'
import { needsSallyport, startSallyport } from './sallyport.ts'
import { writeFilled } from './template.ts'

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
    proofs: [madeOfFour],
  },
  {
    ...sallyport,
    name: 'sallyport-four-picked',
    title: 'Sallyport, two members of each of four',
    launch: launchSallyport('sallyport-four-picked', ', pick: [id, name]'),
    proofs: [twoOfEach],
  },
  {
    ...sallyport,
    name: 'sallyport-four-typed',
    title: 'Sallyport, the same by schemas and a function',
    launch: place => startSallyport('sallyport-four-typed', join(CONFIGS, 'aggregate-typed.ts'), place),
    proofs: [twoOfEach],
  },
  {
    ...byHand,
    name: 'fastify-four',
    title: 'Fastify + undici by hand, one of four',
    launch: launchFastify(),
    proofs: [madeOfFour],
  },
  {
    ...byHand,
    name: 'fastify-four-picked',
    title: 'Fastify + undici by hand, two members of each',
    launch: launchFastify('pick'),
    proofs: [twoOfEach],
  },
  ...KRAKEND_AGGREGATES,
]
