import type { DemoCredentials } from './credentials.ts'
import type { SamplePorts } from './samples.ts'

export interface DemoSettings {
  readonly gateway: number
  readonly admin: number
  readonly samples: SamplePorts
  readonly credentials: Pick<DemoCredentials, 'secret' | 'keyHash'>
}

/** The configuration of the demo, as a user would write it: it is a file on disk while the demo runs. */
export const demoConfig = ({ gateway, admin, samples, credentials }: DemoSettings): string => `\
# The Sallyport demo. Change this file and save it: the gateway reloads. A mistake changes nothing and is explained.
listeners:
  web: { address: 127.0.0.1:${gateway} }
admin: { address: 127.0.0.1:${admin} }
workers: 2

services:
  users:           { url: http://127.0.0.1:${samples.users} }
  orders:          { url: http://127.0.0.1:${samples.orders} }
  products-v1:     { url: http://127.0.0.1:${samples.productsV1} }
  products-v2:     { url: http://127.0.0.1:${samples.productsV2} }
  recommendations: { url: http://127.0.0.1:${samples.recommendations} }
  live:            { url: http://127.0.0.1:${samples.live} }
  # the first of these fails every time: what it failed is asked of the other, and after three failures it is left out
  stock:
    endpoints: [ http://127.0.0.1:${samples.brokenStock}, http://127.0.0.1:${samples.stock} ]
    outliers: { consecutiveErrors: 3, ejectFor: 10s }
    retry: { budget: 20% }

auth:
  # tokens that somebody else issued; a real configuration names a key set instead: jwks: https://.../jwks.json
  tokens: { jwt: { secret: ${credentials.secret}, issuer: demo, algorithms: [HS256], claimHeaders: [sub] } }
  keys:   { apiKey: { header: x-api-key } }

consumers:
  # only the hash of a key is kept: sallyport key new
  partner: { keys: ["${credentials.keyHash}"], roles: [reader], tier: gold }

routes:
  # /api/users/1 is asked as /1
  - { prefix: /api/users, to: users, stripPrefix: true }
  # only GET; asked as /v2/orders/42
  - { path: "/api/orders/{id}", methods: [GET], to: orders, rewrite: "/v2/orders/{id}" }
  - { path: /api/orders, methods: [GET, POST], to: orders, rewrite: /v2/orders }
  # one request in five goes to the new version
  - { prefix: /api/products, to: { products-v1: 80, products-v2: 20 }, stripPrefix: true }
  # this service takes 900 ms every fourth time: clients get an answer after 500 ms
  - { path: /api/recommendations, to: recommendations, rewrite: /, timeout: 500ms }
  # who you are is asked here, and five requests in ten seconds are enough; gold may ask more
  - prefix: /api/account/orders
    to: orders
    rewrite: /v2/orders
    auth: [tokens, keys]
    access: { roles: [reader] }
    rateLimit: { name: account, limit: 5/10s, by: consumer, tiers: { gold: 100/10s } }
  - { prefix: /api/stock, to: stock, stripPrefix: true }
  # one answer of four services, within 500 ms; without the user there is none, without the others there is
  - path: "/api/dashboard/{id}"
    aggregate:
      deadline: 500ms
      branches:
        user:            { to: users, path: "/{id}", required: true }
        orders:          { to: orders, path: "/v2/orders?user={branches.user.id}", pick: [id, status, total] }
        recommendations: { to: recommendations, path: "/?user={id}", unwrap: products }
        stock:           { to: stock, path: /501, fallback: { inStock: false } }
  - { path: /api/health, respond: { status: 200, json: { ok: true } } }
  - { prefix: /old, redirect: { to: /api, status: 308 } }
  - { path: /events, to: live }
  - { path: /ws, to: live }
`
