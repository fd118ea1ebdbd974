import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRequest, servingStatus } from './grpc-message.ts'

test('a request is its frame with the name in field 1', () => {
  assert.equal(checkRequest('').toString('hex'), '0000000000')
  assert.equal(checkRequest('ab').toString('hex'), '00000000040a026162')
  assert.equal(checkRequest('é').toString('hex'), '00000000040a02c3a9')
  const long = checkRequest('x'.repeat(300))
  assert.equal(long.subarray(0, 8).toString('hex'), '000000012f' + '0aac02')
  assert.equal(long.length, 5 + 3 + 300)
})

const frame = (hex: string): Buffer => {
  const message = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

test('the status is read, whatever else a message has', () => {
  for (const [hex, status] of [
    ['0801', 1],
    ['0802', 2],
    ['', 0],
    ['0802 0801', 1],
    // Fields of other numbers and all types.
    ['1005 19 0102030405060708 22 03 616263 2d 01020304 0801', 1],
    ['088101', 129],
    // As a string, as a group, cut off, a length beyond the end, a number without end.
    ['0a0101', 0],
    ['0b', -1],
    ['08', -1],
    ['0880', -1],
    ['2205 61', -1],
    ['19 01', -1],
    ['08 ffffffffffffffffffffff01', -1],
    ['ffffffffffffffffffffff01', -1],
  ] as const) {
    assert.equal(servingStatus(frame(hex)), status, hex)
  }
})

test('a frame is whole, one, and not compressed', () => {
  for (const hex of ['', '00000000', '0000000003 0801', '0000000001 0801', '0100000002 0801', '0000000002 0801 00']) {
    assert.equal(servingStatus(Buffer.from(hex.replaceAll(' ', ''), 'hex')), -1, hex)
  }
})

test('no bytes make it throw or read beyond them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const hex = Buffer.from(bytes).toString('hex')
      for (const given of [Buffer.from(bytes), frame(hex)]) assert.ok(servingStatus(given) >= -1)
    }),
    { numRuns: 2000 },
  )
})
