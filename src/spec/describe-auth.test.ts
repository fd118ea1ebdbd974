import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeWay } from './describe-auth.ts'
import { jwtSpec, REMOTE } from './testing.ts'

test('of the address of keys only what may be shown', () => {
  const url = 'https://id.example.com/jwks.json?key=s3cret'
  for (const discover of [false, true]) {
    const line = describeWay(jwtSpec({ keys: { kind: 'remote', ...REMOTE, url, discover } }))
    assert.match(line, /; keys (by discovery )?from https:\/\/id\.example\.com\/jwks\.json$/)
  }
})
