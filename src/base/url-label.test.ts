import assert from 'node:assert/strict'
import { test } from 'node:test'
import { urlLabel } from './url-label.ts'

test('credentials, query and fragment are not shown', () => {
  assert.equal(urlLabel('https://user:secret@id.example.com:8443/keys?token=x#y'), 'https://id.example.com:8443/keys')
  assert.equal(urlLabel('https://id.example.com'), 'https://id.example.com/')
  assert.equal(urlLabel('no url'), '')
})
