import { createGateway } from '../../src/index.ts'
import { createApp } from './app.ts'
import { configFor } from './config.ts'

const port = Number(process.env['PORT'] ?? 8080)
const servicePort = Number(process.env['SERVICE_PORT'] ?? 3001)

// The application listens where only this machine reaches it.
const app = createApp()
const inside = await app.listen({ host: '127.0.0.1', port: servicePort })

const gateway = await createGateway(configFor(inside, `127.0.0.1:${port}`))
const { url } = await gateway.start()
console.log(`listening on ${url}`)

// First the gateway: what it has begun to answer still needs the application.
const end = async (): Promise<void> => {
  await gateway.stop()
  await app.close()
}
process.once('SIGTERM', end)
process.once('SIGINT', end)
