import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { jsonService } from './json-service.ts'
import { liveService } from './live.ts'
import type { SamplePorts } from './samples.ts'
import { brokenStock, createOrders, createProducts, createRecommendations, stock, users } from './shop.ts'

/** The sample services, in a thread of their own: they must not share an event loop with the gateway. */
const servers: Readonly<Record<keyof SamplePorts, Server>> = {
  users: jsonService(users),
  orders: jsonService(createOrders()),
  productsV1: jsonService(createProducts(1)),
  productsV2: jsonService(createProducts(2)),
  recommendations: jsonService(createRecommendations()),
  stock: jsonService(stock),
  brokenStock: jsonService(brokenStock),
  live: liveService(),
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

const ports: SamplePorts = {
  users: await listen(servers.users),
  orders: await listen(servers.orders),
  productsV1: await listen(servers.productsV1),
  productsV2: await listen(servers.productsV2),
  recommendations: await listen(servers.recommendations),
  stock: await listen(servers.stock),
  brokenStock: await listen(servers.brokenStock),
  live: await listen(servers.live),
}
parentPort?.postMessage(ports)
