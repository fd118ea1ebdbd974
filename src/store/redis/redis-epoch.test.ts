import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redisEpoch } from './redis-epoch.ts'

const setup = () => {
  const replies: unknown[] = []
  const asked: (readonly string[])[] = []
  const commands = {
    ask: async (args: readonly string[]): Promise<unknown> => {
      asked.push(args.slice(3))
      const reply = replies.shift()
      if (reply instanceof Error) throw reply
      return reply
    },
  }
  return { epoch: redisEpoch({ commands, prefix: 'p:', name: () => 'f' }), replies, asked }
}

test('the first mark is learnt, another one means that something was lost', async () => {
  const { epoch, replies, asked } = setup()
  replies.push('a 3', 'a 5', 'b 5', 'b 5')
  assert.deepEqual(
    [await epoch.look(), await epoch.look(), await epoch.look(), await epoch.look()],
    [false, false, true, false],
  )
  assert.deepEqual(asked, [
    ['p:epoch', 'f', '', '0'],
    ['p:epoch', 'f', 'a', '3'],
    ['p:epoch', 'f', 'a', '5'],
    ['p:epoch', 'f', 'b', '5'],
  ])
})

test('own changes count; those of another life of the server do not hide that it is another', async () => {
  const { epoch, replies, asked } = setup()
  replies.push('a 3', 'a 4', 'b 9')
  epoch.changed('a 1')
  await epoch.look()
  for (const reply of ['a 4', 'a 2', 'b 9', null, 7, 'a', 'a x', 'Z 9', `${'a'.repeat(99)} 9`]) epoch.changed(reply)
  await epoch.look()
  assert.deepEqual(asked[1], ['p:epoch', 'f', 'a', '4'])
  assert.equal(await epoch.look(), true)
})

test('what is no mark is no answer, and changes nothing', async () => {
  const { epoch, replies } = setup()
  replies.push('a 1', null, 'a -1', `a ${'9'.repeat(16)}`, new Error('away'), 'b 1')
  await epoch.look()
  for (let i = 0; i < 4; i++) await assert.rejects(epoch.look())
  assert.equal(await epoch.look(), true)
})
