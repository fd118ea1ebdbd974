import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handOn } from './hand-on.ts'
import { Later, type Maybe } from './maybe.ts'
import { Reply } from './reply.ts'

const told = (reply: Maybe<Reply>): string[] => {
  const log: string[] = []
  handOn(reply, {
    onValue: ({ status }) => void log.push(`value ${status}`),
    onError: error => void log.push(`error ${error}`),
  })
  return log
}

test('a reply, and one that is there already, are told at once', () => {
  const later = new Later<Reply>()
  later.resolve(new Reply(201))
  assert.deepEqual([told(new Reply(200)), told(later)], [['value 200'], ['value 201']])
})

test('what comes later is told then, failures too', async () => {
  const later = new Later<Reply>()
  const logs = [told(later), told(Promise.resolve(new Reply(202))), told(Promise.reject('no'))]
  assert.deepEqual(logs, [[], [], []])
  later.reject('no')
  await null
  assert.deepEqual(logs, [['error no'], ['value 202'], ['error no']])
})
