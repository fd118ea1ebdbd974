import { z } from 'zod'
import { isNameServer } from '../address.ts'
import { durationFrom, list, matching, nonEmpty, positiveDuration } from './scalars.ts'

const server = z
  .string({ error: 'expected text' })
  .refine(isNameServer, { error: 'expected the address of a name server, such as 10.0.0.2:53 or [::1]:53' })
  .meta({ title: 'address of a name server', examples: ['10.0.0.2:53', '[::1]:53'] })

const file = matching(/\.(ya?ml|json)$/, 'expected a file whose name ends in .yaml, .yml or .json', {
  title: 'file',
  examples: ['./targets.yaml'],
})

export const discover = z
  .strictObject({
    dns: nonEmpty
      .meta({ title: 'URL', examples: ['http://orders.internal:8080'] })
      .optional()
      .describe('URL; each address (A, AAAA) of its host is a target.'),
    srv: nonEmpty
      .meta({ title: 'URL', examples: ['http://_http._tcp.orders.internal'] })
      .optional()
      .describe('URL without a port; each SRV record of its host is a target, with its port, weight and priority.'),
    file: file
      .optional()
      .describe('A list of endpoints in YAML or JSON, relative to the configuration; read again when it changes.'),
    servers: list(server).min(1).max(10).optional().describe("Name servers to ask; the system's unless set."),
    minTtl: durationFrom(100).prefault('5s').describe('Shortest time for which an answer is kept.'),
    maxTtl: positiveDuration.prefault('5m').describe('Longest time for which an answer is kept.'),
  })
  .describe('Where the targets come from when they are not written here.')
  .meta({ examples: [{ dns: 'http://orders.internal:8080' }] })

export type DiscoverOutput = z.output<typeof discover>
