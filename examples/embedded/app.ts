import Fastify, { type FastifyInstance } from 'fastify'

/** The application: it knows nothing of limits and keys, and who asks is in `x-consumer`. */
export const createApp = (): FastifyInstance => {
  const app = Fastify()
  app.get('/products/:id', async request => ({ id: (request.params as { id: string }).id, name: 'a lamp' }))
  app.get('/orders', async request => ({ of: request.headers['x-consumer'], orders: [1, 2] }))
  return app
}
