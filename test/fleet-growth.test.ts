import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openClient } from './support/raw-client.ts'
import { ask, askAll, gist, type ResilientGateway, startResilient, tallyOf } from './support/resilience-gateway.ts'
import { after, byName, gate, startTargets, type Target } from './support/resilience-target.ts'
import { until } from './support/until.ts'

/** Lists of targets that outgrow their shared memory at a reload, while requests to the first of them are under way. */

const MAX = 3
const OPEN = 4
const CLIENTS = 24

interface Written {
  readonly max: Target
  readonly open: Target
  readonly rest: Target
  /** So many targets besides the first. */
  readonly more: number
  readonly generation: number
}

/** The first is to have more requests than it may, however many others there are. They are one server. */
const listOf = (first: Target, rest: Target, more: number): string => {
  const others = Array.from({ length: more }, (_, i) => `, "${rest.url}/${i}"`)
  return `[ { url: "${first.url}", weight: ${more + 1} }${others.join('')} ]`
}

const configOf = ({ max, open, rest, more, generation }: Written): string => `
services:
  max: { endpoints: ${listOf(max, rest, more)}, connections: { max: ${MAX}, wait: 20s } }
  open: { endpoints: ${listOf(open, rest, more)}, connections: { open: ${OPEN}, wait: 20s } }
routes:
  - { path: /generation, respond: { text: "${generation}" } }
  - { prefix: /max, to: max }
  - { prefix: /open, to: open }
`

/** What all workers have under way and waiting there together, and have at its first target. */
const underWay = async (gateway: ResilientGateway, service: string): Promise<readonly (number | undefined)[]> => {
  const { inFlight, queued, targets } = await gateway.service(service)
  return [inFlight, queued, targets[0]?.inFlight]
}

const untilNothing = (gateway: ResilientGateway, service: string): Promise<void> =>
  until(
    async () => (await underWay(gateway, service)).every(count => count === 0),
    `nothing is under way at ${service}`,
  )

test('a list of targets that outgrows its memory while requests are under way', async t => {
  const { max, open, rest } = await startTargets(t, ['max', 'open', 'rest'])
  let written: Written = { max, open, rest, more: 0, generation: 0 }
  const gateway = await startResilient(t, configOf(written))
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openClient(gateway.port)))
  const reload = async (more: number): Promise<void> => {
    written = { ...written, more, generation: written.generation + 1 }
    assert.match(await gateway.reload(configOf(written)), /^reloaded/)
    assert.deepEqual(new Set(await askAll(gateway, '/generation')), new Set([`200 ${written.generation}`]))
  }

  await t.test('what was begun before is counted, by the bounds as well, until it ends', async () => {
    const held = gate()
    max.behave(held.behaviour)
    const answers = clients.slice(0, MAX + 1).map(client => ask(client, '/max'))
    await until(async () => (await gateway.service('max')).queued === 1)
    await reload(10)
    assert.deepEqual(await underWay(gateway, 'max'), [MAX, 1, MAX])
    assert.deepEqual(tallyOf(await askAll(gateway, '/max', 10)), { '200 rest': 20 })
    assert.equal(max.inFlight.most, MAX)
    max.behave(byName)
    held.open()
    assert.deepEqual(tallyOf((await Promise.all(answers)).map(gist)), { '200 max': MAX + 1 })
    await untilNothing(gateway, 'max')
  })

  await t.test('bounds hold all the while', async () => {
    for (const target of [max, open]) target.behave(after(5))
    let stopping = false
    const busy = clients.map(async (client, i) => {
      let answered = 0
      for (; !stopping; answered++) {
        assert.match(gist(await ask(client, i % 2 === 0 ? '/max' : '/open')), /^200 (max|open|rest)$/)
      }
      return answered
    })
    for (const more of [0, 20, 0, 80, 300]) await reload(more)
    stopping = true
    const answered = (await Promise.all(busy)).reduce((sum, each) => sum + each, 0)
    assert.ok(answered > 200, `${answered} answers`)
    assert.deepEqual([max.inFlight.most, open.inFlight.most], [MAX, OPEN])
    for (const service of ['max', 'open']) await untilNothing(gateway, service)
  })

  for (const client of clients) client.destroy()
  assert.equal(await gateway.stop(), 0)
})
