import { setTimeout as sleep } from 'node:timers/promises'
import { ORDERS, type Order, PRODUCTS, RATINGS, USERS } from './data.ts'
import { type JsonHandler, notFound } from './json-service.ts'

const idIn = (path: string, prefix: string): number => Number(path.slice(prefix.length))

export const users: JsonHandler = ({ path }) => {
  if (path === '/') return { status: 200, body: USERS }
  const user = USERS.find(user => user.id === idIn(path, '/'))
  return user === undefined ? notFound('user') : { status: 200, body: user }
}

/** Keeps new orders in memory, the latest thousand. */
export const createOrders = (): JsonHandler => {
  const orders = new Map<number, Order>(ORDERS.map(order => [order.id, order]))
  let nextId = 1001
  const add = (body: unknown): Order => {
    const order = {
      user: 0,
      total: 0,
      items: [],
      ...(isRecord(body) ? body : {}),
      id: nextId++,
      status: 'new' as const,
    }
    orders.set(order.id, order)
    orders.delete(order.id - 1000)
    return order
  }
  return ({ method, path, query, body }) => {
    if (path === '/v2/orders' && method === 'POST') return { status: 201, body: add(body) }
    if (path === '/v2/orders') return { status: 200, body: ofUser([...orders.values()], query.get('user')) }
    const order = orders.get(idIn(path, '/v2/orders/'))
    return order === undefined ? notFound('order') : { status: 200, body: order }
  }
}

const ofUser = (orders: readonly Order[], user: string | null): readonly Order[] =>
  user === null ? orders : orders.filter(order => String(order.user) === user)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Version 2 of the products knows ratings: how one sees which version answered. */
export const createProducts = (version: 1 | 2): JsonHandler => {
  const products = PRODUCTS.map(product => (version === 1 ? product : { ...product, rating: RATINGS[product.id] }))
  return ({ path }) => {
    if (path === '/') return { status: 200, body: { version, products } }
    const product = products.find(product => product.id === idIn(path, '/'))
    return product === undefined ? notFound('product') : { status: 200, body: { version, ...product } }
  }
}

export const stock: JsonHandler = ({ path }) => {
  const product = PRODUCTS.find(product => product.id === idIn(path, '/'))
  if (product === undefined) return notFound('product')
  return { status: 200, body: { product: product.id, inStock: product.inStock } }
}

/** A target that fails whatever it is asked. */
export const brokenStock: JsonHandler = () => ({ status: 503, body: { error: 'no connection to the database' } })

const SLOW_EVERY = 4
const SLOW_MS = 900

/** Slow on purpose, and predictably: every fourth request takes 900 ms. */
export const createRecommendations = (pause: (ms: number) => Promise<unknown> = sleep): JsonHandler => {
  let requests = 0
  return async ({ query }) => {
    requests++
    if (requests % SLOW_EVERY === 0) await pause(SLOW_MS)
    const user = Number(query.get('user') ?? 1)
    const first = user % PRODUCTS.length
    return { status: 200, body: { user, products: [PRODUCTS[first], PRODUCTS[(first + 1) % PRODUCTS.length]] } }
  }
}
