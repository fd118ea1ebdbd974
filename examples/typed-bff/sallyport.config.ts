import { aggregate, defineConfig, optional, required, service } from 'sallyport'
import { OrdersSchema, ReviewsSchema, UserSchema } from './schemas.ts'

const port = process.env['PORT'] ?? 8080
const users = service('users')
const orders = service('orders')
const reviews = service('reviews')

export default defineConfig({
  listeners: { web: `127.0.0.1:${port}` },
  admin: false,
  workers: 2,
  services: {
    users: `http://127.0.0.1:${process.env['USERS_PORT'] ?? 3001}`,
    orders: `http://127.0.0.1:${process.env['ORDERS_PORT'] ?? 3002}`,
    reviews: `http://127.0.0.1:${process.env['REVIEWS_PORT'] ?? 3003}`,
  },
  routes: [
    {
      path: '/api/dashboard/{id}',
      aggregate: aggregate({
        deadline: '500ms',
        branches: {
          // without it there is no answer
          user: required(users.get('/users/{id}', UserSchema)),
          // once the user is there; an empty list stands in
          orders: optional(orders.get('/orders?user={branches.user.id}', OrdersSchema), { fallback: [] }),
          // may be missing, and `reply` has to say what then: else it does not compile
          reviews: optional(reviews.get('/reviews/{id}', ReviewsSchema), { timeout: '200ms' }),
        },
        reply: ({ user, orders, reviews }) => ({
          name: user.data.name,
          memberSince: user.data.since.getUTCFullYear(),
          spent: orders.data.reduce((sum, { total }) => sum + total, 0),
          stars: reviews.ok ? reviews.data.stars : null,
        }),
      }),
    },
  ],
})
