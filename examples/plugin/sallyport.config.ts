import { defineConfig } from 'sallyport'
import { maintenance } from './maintenance.ts'
import { sign } from './sign.ts'

const port = process.env['PORT'] ?? 8080

export default defineConfig({
  listeners: { web: `127.0.0.1:${port}` },
  admin: false,
  workers: 2,
  services: { orders: `http://127.0.0.1:${process.env['SERVICE_PORT'] ?? 3001}` },
  defaults: { plugins: [sign(process.env['SIGNING_KEY'] ?? 'known to both')] },
  routes: [
    { prefix: '/orders', to: 'orders' },
    { prefix: '/archive', to: 'orders', plugins: [maintenance('2026-01-01T00:00:00Z', '2036-01-01T00:00:00Z')] },
    { path: '/up', respond: { text: 'yes\n' }, plugins: 'none' },
  ],
})
