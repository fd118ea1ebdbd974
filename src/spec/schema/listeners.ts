import { z } from 'zod'
import { showAddress } from '../address.ts'
import { address, count, duration, name, nonEmpty, positiveDuration, size } from './scalars.ts'

const tls = z
  .strictObject({
    cert: nonEmpty.describe('Certificate chain in PEM: a file, relative to the configuration, or the text itself.'),
    key: nonEmpty.describe('Private key in PEM: a file, relative to the configuration, or the text itself.'),
    clientCa: nonEmpty
      .optional()
      .describe('Authorities in PEM that client certificates must come from; clients without one are refused.'),
  })
  .describe('Serve TLS with this certificate.')
  .meta({ examples: [{ cert: './cert.pem', key: './key.pem' }] })

const limits = z
  .strictObject({
    head: size.prefault('16KiB').describe('Longest request head, start line included.'),
    fields: count(1, 10_000).default(100).describe('Most header fields in a request.'),
    target: size.prefault('8KiB').describe('Longest request target.'),
    body: z
      .union([size, z.literal('unlimited')], { error: 'expected a size such as 1MiB, or "unlimited"' })
      .transform(bytes => (bytes === 'unlimited' ? 0 : bytes))
      .prefault('unlimited')
      .describe('Largest request body.'),
    connections: count(0).default(10_000).describe('Most connections at once over all workers; 0: unlimited.'),
  })
  .prefault({})
  .describe('What a client may send.')

const timeout = z
  .strictObject({
    head: positiveDuration.prefault('10s').describe('Longest wait for a whole request head.'),
    idle: positiveDuration.prefault('75s').describe('How long a kept-alive connection may wait for the next request.'),
    body: positiveDuration.prefault('30s').describe('Longest wait between two pieces of a body, either direction.'),
  })
  .prefault({})
  .describe('How long a client may take.')

const listener = z
  .strictObject({
    address: address.describe('Where to listen: host:port.'),
    tls: tls.optional(),
    limits,
    timeout,
  })
  .describe('A place where clients connect: host:port, or a map with more about it.')

const shortListener = address.transform(where => listener.parse({ address: showAddress(where) }))

export const listeners = z
  .record(name, z.union([shortListener, listener]))
  .prefault({ web: '0.0.0.0:8080' })
  .describe('Where clients connect, by name.')
  .meta({
    examples: [
      { web: '0.0.0.0:8080', secure: { address: '0.0.0.0:8443', tls: { cert: './cert.pem', key: './key.pem' } } },
    ],
  })

export const admin = z
  .union([
    address.transform(where => ({ address: where })),
    z.strictObject({ address: address.describe('Where to listen: host:port.') }),
    z.literal(false),
  ])
  .prefault('127.0.0.1:9901')
  .describe('Listener for the API, the dashboard, /metrics, /healthz and /readyz; false turns it off.')

export const drain = duration.prefault('30s').describe('How long running requests may take to finish at shutdown.')
export const drainDelay = duration
  .prefault('0s')
  .describe('How long listeners stay open after the shutdown signal, while /readyz already says 503.')
