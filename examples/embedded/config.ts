// In a project of your own: from 'sallyport'.
import { defineConfig } from '../../src/index.ts'

/** The gateway before an application that listens at the URL `app`. */
export const configFor = (app: string, listen: string) =>
  defineConfig({
    listeners: { web: listen },
    services: { app: { url: app, timeout: { head: '2s' } } },
    auth: { keys: { apiKey: { header: 'x-api-key' } } },
    // The hash of its key; `sallyport key new` makes such a pair.
    consumers: { shop: { keys: ['sha256:1ddee005297bec7c291ccdcadb84c32b3faf20df8a4b92a3b3560fc74a2c7962'] } },
    routes: [
      {
        path: '/api/products/{id}',
        to: 'app',
        rewrite: '/products/{id}',
        rateLimit: { name: 'products', limit: '3/1h', by: 'ip' },
      },
      { path: '/api/orders', to: 'app', rewrite: '/orders', auth: 'keys' },
    ],
  })
