import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptQueueAdvice } from './advice.ts'

const unreadable = (): string => {
  throw new Error('ENOENT')
}

test('advice only where it helps: several workers, a kernel that has the setting, and it is off', () => {
  assert.match(acceptQueueAdvice(2, () => '0\n') ?? '', /net\.ipv4\.tcp_migrate_req=1/)
  assert.equal(
    acceptQueueAdvice(1, () => '0\n'),
    undefined,
  )
  assert.equal(
    acceptQueueAdvice(2, () => '1\n'),
    undefined,
  )
  assert.equal(acceptQueueAdvice(2, unreadable), undefined)
})
