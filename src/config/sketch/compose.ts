import { cleanLine, cleanName, cleanOrigin, isMap, listOf, mapOf } from './clean.ts'
import { type ComposePort, parsePort } from './compose-ports.ts'
import { type Finding, MOST_SERVICES, type SketchRoute, type SketchService } from './sketch.ts'

export const isCompose = (document: Readonly<Record<string, unknown>>): boolean =>
  isMap(document['services']) && document['openapi'] === undefined

/** Ports at which nobody speaks HTTP: databases, queues, caches, mail, name servers, shells. */
const OTHERS = new Set([
  22, 25, 53, 389, 465, 587, 1433, 1521, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11_211, 27_017,
])

/** Each service with a TCP port is one of the gateway's, below a prefix of its name. */
export const fromCompose = (document: Readonly<Record<string, unknown>>, file: string): Finding => {
  const services: SketchService[] = []
  const routes: SketchRoute[] = []
  const notes: string[] = []
  const taken = new Set<string>()
  const all = Object.entries(mapOf(document['services']))
  for (const [written, value] of all.slice(0, MOST_SERVICES)) {
    const shown = cleanLine(written)
    const port = portOf(mapOf(value))
    if (port === undefined) {
      notes.push(`${file}: "${shown}" is left out: it has no port that speaks HTTP`)
      continue
    }
    const name = cleanName(written, taken, 'service')
    taken.add(name)
    services.push({ name, ...whereIs(written, port, file) })
    routes.push({ kind: 'prefix', pattern: `/${name}`, methods: [], to: name, stripPrefix: true, comment: '' })
  }
  if (all.length > MOST_SERVICES) notes.push(`${file}: only its first ${MOST_SERVICES} services were looked at`)
  return { services, routes, notes }
}

/** A published one first; one that is only exposed is reached within the network of compose. */
const portOf = (service: Readonly<Record<string, unknown>>): ComposePort | undefined => {
  const ports = [...listOf(service['ports']), ...listOf(service['expose'])]
    .slice(0, 100)
    .flatMap(entry => parsePort(entry) ?? [])
    .filter(({ target }) => !OTHERS.has(target))
  return ports.find(({ published }) => published !== '') ?? ports[0]
}

const whereIs = (written: string, port: ComposePort, file: string): Pick<SketchService, 'url' | 'comment'> => {
  const host = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(written) && canBeAsked(written) ? written : undefined
  const inside = host === undefined ? undefined : `http://${host}:${port.target}`
  if (port.published === '' && inside !== undefined) {
    return { url: inside, comment: `of ${file}, which publishes no port: reached only from within its network` }
  }
  const from = inside === undefined ? '' : `; from within its network: ${inside}`
  const where = ANY.has(port.host) || !canBeAsked(port.host) ? '127.0.0.1' : port.host
  return { url: `http://${where}:${port.published || port.target}`, comment: `of ${file}${from}` }
}

const canBeAsked = (host: string): boolean => cleanOrigin(`http://${host}:1`) !== undefined

const ANY = new Set(['', '0.0.0.0', '[::]'])
