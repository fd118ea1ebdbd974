import { aggregate, defineConfig, optional, required, service } from 'sallyport'
import { z } from 'zod'

/** The same as aggregate.yaml with two members of each branch, said by schemas and put together by a function. */
const Part = z.object({ id: z.number(), name: z.string() })
const backend = service('backend')

export default defineConfig({
  listeners: { web: { address: '127.0.0.1:${env:BENCH_PORT}' } },
  admin: { address: '127.0.0.1:${env:BENCH_ADMIN}' },
  workers: 1,
  services: { backend: { url: 'http://127.0.0.1:${env:BENCH_UPSTREAM}' } },
  routes: [
    { prefix: '/api/users', to: 'backend', stripPrefix: true },
    { prefix: '/api/orders', to: 'backend' },
    {
      path: '/api/dashboard/{id}',
      aggregate: aggregate({
        deadline: '500ms',
        branches: {
          user: required(backend.get('/api/users/{id}', Part)),
          orders: optional(backend.get('/api/orders/{id}', Part)),
          products: optional(backend.get('/api/products/{id}', Part)),
          reviews: optional(backend.get('/api/reviews/{id}', Part)),
        },
        reply: ({ user, orders, products, reviews }) => ({
          user: user.data,
          orders: orders.ok ? orders.data : null,
          products: products.ok ? products.data : null,
          reviews: reviews.ok ? reviews.data : null,
        }),
      }),
    },
  ],
})
