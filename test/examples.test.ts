import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { available } from './support/apt-install.ts'
import { looksLike } from './support/console-blocks.ts'
import { type RunningExample, startExample } from './support/example.ts'
import { redisAvailable, startRedis } from './support/redis.ts'

/** Where its README starts a Redis, and the port it has there. */
const REDIS_PORT = '6379'
const WITH_REDIS = ['redis-limits']
const WITH_HAPROXY = ['several-instances']

const examples = readdirSync(new URL('../examples/', import.meta.url), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)

/** Every command of the README, in its order; what it answers is what stands there. */
const answersAsShown = async (example: RunningExample): Promise<void> => {
  assert.ok(example.shown.length > 3, 'a README shows what can be tried')
  const outputs = await example.run(example.shown.map(({ command }) => command))
  for (const [i, { command, expected }] of example.shown.entries()) {
    const output = outputs[i] ?? 'nothing: the shell ended before'
    if (!looksLike(output, expected)) assert.equal(output.replaceAll('\r', ''), expected, `$ ${command}`)
  }
}

const noHaproxy = available('haproxy', '-v', 'several instances behind a balancer') ? false : 'haproxy is missing'

for (const name of examples.filter(each => !WITH_REDIS.includes(each))) {
  const skip = WITH_HAPROXY.includes(name) && noHaproxy
  test(`examples/${name} does what its README says`, { skip }, async () => {
    const example = await startExample(`examples/${name}`)
    try {
      await answersAsShown(example)
    } finally {
      await example.stop()
    }
  })
}

const noRedis = redisAvailable() ? false : 'redis-server is missing'

for (const name of WITH_REDIS) {
  test(`examples/${name} does what its README says`, { skip: noRedis }, async () => {
    const redis = await startRedis()
    try {
      const example = await startExample(`examples/${name}`, new Map([[REDIS_PORT, redis.port]]))
      try {
        await answersAsShown(example)
      } finally {
        await example.stop()
      }
    } finally {
      await redis.stop()
    }
  })
}
