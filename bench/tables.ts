import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from './children.ts'
import { launchNginx } from './nginx.ts'
import type { Launch, Peer, Proof } from './peer.ts'
import { CONFIGS, needs, pinnedNode } from './places.ts'
import { get } from './ports.ts'
import { passedPrefixes, ROUTE_COUNTS, STRIPPED } from './routes.ts'
import { needsSallyport, startSallyport } from './sallyport.ts'
import { writeFilled } from './template.ts'

const written = (folder: string, file: string, text: string): string => {
  const path = join(folder, file)
  writeFileSync(path, text)
  return path
}

const nginxWith =
  (name: string, count: number): Launch =>
  place => {
    const locations = [
      `location ${STRIPPED}/ { proxy_pass http://backend/; }`,
      ...passedPrefixes(count).map(prefix => `location ${prefix}/ { proxy_pass http://backend; }`),
    ]
    const file = written(place.folder, `${name}-routes.conf`, `${locations.join('\n')}\n`)
    return launchNginx(null, { name, file })(place)
  }

const sallyportWith =
  (name: string, count: number): Launch =>
  place => {
    const routes = [
      `  - { prefix: ${STRIPPED}, to: backend, stripPrefix: true }`,
      ...passedPrefixes(count).map(prefix => `  - { prefix: ${prefix}, to: backend }`),
    ]
    const values = { ROUTES: routes.join('\n') }
    return startSallyport(
      name,
      writeFilled(join(CONFIGS, 'routes.yaml'), join(place.folder, `${name}.yaml`), values),
      place,
    )
  }

const fastifyWith =
  (name: string, count: number): Launch =>
  async ({ port, upstream, folder }) => {
    const prefixes = written(folder, `${name}.json`, JSON.stringify(passedPrefixes(count)))
    const script = join(import.meta.dirname, 'servers/fastify-http-proxy.ts')
    return start(name, pinnedNode(), [script, String(port), String(upstream), prefixes])
  }

/** The first, middle and last of the table are there, and nothing beside it is. */
const knows =
  (count: number): Proof =>
  async ({ port }) => {
    const all = passedPrefixes(count)
    const asked = [all[0], all[all.length >> 1], all.at(-1)].map(prefix => [`${prefix}/1`, 200] as const)
    for (const [path, wanted] of [...asked, ['/services/service-0/v9/resource-0/1', 404] as const]) {
      const { status } = await get(port, path)
      if (status !== wanted) throw new Error(`it does not have these routes: ${path} is answered ${status}`)
    }
  }

/** The same tables of routes for several peers. */
export const TABLES: readonly Peer[] = ROUTE_COUNTS.flatMap(count => {
  const proofs = [knows(count)]
  const name = (peer: string): string => `${peer}-routes-${count}`
  const title = (peer: string): string => `${peer}, ${count.toLocaleString('en')} routes`
  return [
    {
      name: name('nginx'),
      title: title('nginx'),
      missing: needs('nginx'),
      warmsUp: false,
      launch: nginxWith(name('nginx'), count),
      proofs,
    },
    {
      name: name('sallyport'),
      title: title('Sallyport'),
      missing: needsSallyport,
      warmsUp: true,
      launch: sallyportWith(name('sallyport'), count),
      proofs,
    },
    {
      name: name('fastify'),
      title: title('@fastify/http-proxy'),
      missing: () => null,
      warmsUp: true,
      launch: fastifyWith(name('fastify'), count),
      proofs,
    },
  ]
})
