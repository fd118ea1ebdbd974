import { z } from 'zod'
import { count, list, nonEmpty } from './scalars.ts'

export const url = nonEmpty
  .meta({ title: 'URL', examples: ['http://127.0.0.1:3001', 'https://orders.internal/v2'] })
  .describe('Origin of a target: http or https, a host, and a path prefix if there is one.')

const endpoint = z.union([
  url.transform(where => ({ url: where, weight: 1, priority: 0 })),
  z.strictObject({
    url,
    weight: count(1, 1000).default(1).describe('Share of the requests, relative to the other endpoints.'),
    priority: count(0, 10)
      .default(0)
      .describe('0 is asked first; a higher one only when no target with a lower one is well.'),
  }),
])

export const endpoints = list(endpoint)
  .min(1)
  .describe('The targets, when there are several.')
  .meta({ examples: [['http://10.0.0.2:8080', { url: 'http://10.0.0.1:8080', weight: 3 }]] })
