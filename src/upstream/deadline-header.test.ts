import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deadlineLine, readDeadline } from './deadline-header.ts'

for (const [header, ms, value] of [
  ['x-deadline-ms', 1500, '1500'],
  ['x-deadline-ms', 1500.9, '1500'],
  ['x-deadline-ms', 0.4, '1'],
  ['x-deadline-ms', 0, '1'],
  ['x-deadline-ms', -5, '1'],
  ['grpc-timeout', 1500, '1500m'],
  ['grpc-timeout', 0.1, '1m'],
  ['grpc-timeout', 99_999_999, '99999999m'],
  ['grpc-timeout', 100_000_999, '100000S'],
  ['grpc-timeout', 1e14, '99999999S'],
] as const) {
  test(`${ms} ms in ${header} is ${value}`, () => {
    assert.equal(deadlineLine(header, ms), `${header}: ${value}\r\n`)
  })
}

for (const [header, value, ms] of [
  ['x-deadline-ms', '1500', 1500],
  ['x-deadline-ms', '0', undefined],
  ['x-deadline-ms', '000', undefined],
  ['x-deadline-ms', '', undefined],
  ['x-deadline-ms', '-1', undefined],
  ['x-deadline-ms', '+1', undefined],
  ['x-deadline-ms', '1.5', undefined],
  ['x-deadline-ms', '1e3', undefined],
  ['x-deadline-ms', '0x10', undefined],
  ['x-deadline-ms', ' 1', undefined],
  ['x-deadline-ms', '1500m', undefined],
  ['x-deadline-ms', '1, 2', undefined],
  ['x-deadline-ms', '9999999999', 2_147_483_647],
  ['x-deadline-ms', '10000000000', undefined],
  ['grpc-timeout', '2H', 7_200_000],
  ['grpc-timeout', '2M', 120_000],
  ['grpc-timeout', '2S', 2000],
  ['grpc-timeout', '2m', 2],
  ['grpc-timeout', '2500u', 2],
  ['grpc-timeout', '2u', 1],
  ['grpc-timeout', '2n', 1],
  ['grpc-timeout', '99999999H', 2_147_483_647],
  ['grpc-timeout', '0m', undefined],
  ['grpc-timeout', '100000000m', undefined],
  ['grpc-timeout', '2', undefined],
  ['grpc-timeout', 'm', undefined],
  ['grpc-timeout', '2h', undefined],
  ['grpc-timeout', '2 m', undefined],
  ['grpc-timeout', '', undefined],
] as const) {
  test(`a client's ${header}: ${value} is ${ms} ms`, () => {
    assert.equal(readDeadline(header, value), ms)
  })
}

test('what is written can be read, and is never longer than what is left', () => {
  for (const header of ['grpc-timeout', 'x-left']) {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 2_147_483_647, noNaN: true }), left => {
        const line = deadlineLine(header, left)
        const ms = readDeadline(header, line.slice(header.length + 2, -2))
        assert.ok(ms !== undefined && ms <= left && ms > left - 1001, `${line} ${ms}`)
      }),
    )
  }
})

test('whatever a client writes is a number of milliseconds within bounds, or ignored', () => {
  fc.assert(
    fc.property(fc.constantFrom('grpc-timeout', 'x-left'), fc.string(), (header, value) => {
      const ms = readDeadline(header, value)
      assert.ok(ms === undefined || (Number.isInteger(ms) && ms >= 1 && ms <= 2_147_483_647))
    }),
  )
})
