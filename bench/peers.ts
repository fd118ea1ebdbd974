import { join } from 'node:path'
import { AGGREGATES } from './aggregates.ts'
import { type Child, start, stop } from './children.ts'
import { type Credential, headersOf } from './credentials.ts'
import { GATEWAYS } from './gateways.ts'
import { GUARDED } from './guards.ts'
import { launchNginx } from './nginx.ts'
import type { Peer, Place, RunningPeer } from './peer.ts'
import { CONFIGS, needs } from './places.ts'
import { answering, freePort } from './ports.ts'
import { passesOn } from './proofs.ts'
import { launchSallyport, needsSallyport } from './sallyport.ts'
import { TABLES } from './tables.ts'
import { writeFilled } from './template.ts'

const launchHaproxy = async (place: Place): Promise<Child> => {
  const values = { PORT: place.port, UPSTREAM: place.upstream }
  const config = writeFilled(join(CONFIGS, 'haproxy.cfg'), join(place.folder, 'haproxy.cfg'), values)
  return start('haproxy', 'haproxy', ['-db', '-f', config])
}

const plain = { warmsUp: false, proofs: [] }
const warm = { warmsUp: true, proofs: [] }

export const PEERS: readonly Peer[] = [
  { ...plain, name: 'direct', title: 'direct (no proxy)', missing: () => null, launch: null },
  { ...plain, name: 'nginx', title: 'nginx', missing: needs('nginx'), launch: launchNginx(null) },
  { ...plain, name: 'haproxy', title: 'HAProxy', missing: needs('haproxy'), launch: launchHaproxy },
  ...GATEWAYS,
  { ...warm, name: 'sallyport', title: 'Sallyport', missing: needsSallyport, launch: launchSallyport(false) },
  { ...plain, name: 'nginx-log', title: 'nginx + access log', missing: needs('nginx'), launch: launchNginx('log') },
  { ...plain, name: 'nginx-limit', title: 'nginx + limit', missing: needs('nginx'), launch: launchNginx('limit') },
  {
    ...warm,
    name: 'sallyport-log',
    title: 'Sallyport + access log',
    missing: needsSallyport,
    launch: launchSallyport(true),
  },
  ...GUARDED,
  ...AGGREGATES,
  ...TABLES,
]

/** Starts a peer and proves that it does the same work as the others; ends it and throws when it does not. */
export const startPeer = async (
  peer: Peer,
  upstream: number,
  folder: string,
  client: Credential,
): Promise<RunningPeer> => {
  if (peer.launch === null) return { ...peer, port: upstream, child: null }
  const place = { port: await freePort(), upstream, folder }
  const child = await peer.launch(place)
  try {
    const path = peer.passesOn === false ? '/api/dashboard/1' : '/api/orders/1'
    await answering(child, place.port, path, headersOf(client))
    const passes = peer.passesOn === false ? [] : [passesOn(peer.leavesOut)]
    for (const proof of [...passes, ...peer.proofs]) await proof(place, client)
  } catch (error) {
    await stop(child)
    throw error
  }
  return { ...peer, port: place.port, child }
}
