import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterProbe, UNTRIED } from './tally.ts'

const SPEC = { healthyAfter: 2, unhealthyAfter: 3 }
/** What is thought after each of the probes: `+` went well; H healthy, u unhealthy. */
const told = (probes: string, spec = SPEC): string => {
  let tally = UNTRIED
  let text = ''
  for (const probe of probes) {
    tally = afterProbe(tally, probe === '+', spec)
    text += tally.healthy ? 'H' : 'u'
  }
  return text
}

test('a target is healthy until so many probes in a row failed, and again after so many that went well', () => {
  for (const [probes, thoughts] of [
    ['+++', 'HHH'],
    ['--+--', 'HHHHH'],
    ['---', 'HHu'],
    ['----+-+-', 'HHuuuuuu'],
    ['---++', 'HHuuH'],
    ['---++---', 'HHuuHHHu'],
    ['---+++--+---', 'HHuuHHHHHHHu'],
  ] as const) {
    assert.equal(told(probes), thoughts, probes)
  }
  assert.equal(told('-+-+', { healthyAfter: 1, unhealthyAfter: 1 }), 'uHuH')
})
