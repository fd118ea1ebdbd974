import fastify from 'fastify'
import { Pool } from 'undici'

/**
 * The Backend-for-Frontend that a careful Node team would write by hand: Fastify, undici, four requests at once within
 * 500 ms, `null` for what is missing. It says nothing of what is missing, has no metrics, no ids and no bounds. Arguments:
 * port, upstream port, `pick` to answer with two members of each.
 */
const [port, upstreamPort] = process.argv.slice(2, 4).map(Number)
const picks = process.argv[4] === 'pick'
const upstream = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256, pipelining: 1 })

interface Part {
  readonly id?: unknown
  readonly name?: unknown
}

const get = async (path: string, signal: AbortSignal): Promise<Part | null> => {
  try {
    const { statusCode, body } = await upstream.request({ path, method: 'GET', signal })
    if (statusCode !== 200) {
      await body.dump()
      return null
    }
    const part = (await body.json()) as Part
    return picks ? { id: part.id, name: part.name } : part
  } catch {
    return null
  }
}

const app = fastify()
app.get<{ Params: { id: string } }>('/api/dashboard/:id', async ({ params }, reply) => {
  const signal = AbortSignal.timeout(500)
  const id = encodeURIComponent(params.id)
  const [user, orders, products, reviews] = await Promise.all([
    get(`/api/users/${id}`, signal),
    get(`/api/orders/${id}`, signal),
    get(`/api/products/${id}`, signal),
    get(`/api/reviews/${id}`, signal),
  ])
  if (user === null) return reply.code(502).send({ error: 'no user' })
  return { user, orders, products, reviews }
})
await app.listen({ port: port!, host: '127.0.0.1', backlog: 4096 })
