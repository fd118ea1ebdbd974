import assert from 'node:assert/strict'
import { test } from 'node:test'
import { disagreement } from './support/disagreement.ts'
import { fuzzRequests, fuzzResponses } from './support/fuzz-messages.ts'
import { parseRequestsWithNode, parseResponsesWithNode } from './support/node-parser.ts'
import { parseRequests, parseResponses } from './support/own-parser.ts'
import type { Parsed } from './support/parsed.ts'
import { type Random, randomFrom } from './support/random.ts'

/**
 * Our parsers against the one of node:http, which is strict: what it refuses we refuse, and what both accept means the
 * same to both. `FUZZ_RUNS=5000000 FUZZ_SEED=1 node --test test/differential.test.ts` for a long run by hand.
 */
const runs = Number(process.env['FUZZ_RUNS'] ?? 200_000)
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000_000)

/** Without what may depend on how much was read at once: the wording of a refusal, and how far into a broken body it came. */
const settled = ({ messages, end }: Parsed): unknown => ({
  end,
  messages: messages.map(message => (message.complete || end !== 'error' ? message : { ...message, body: '' })),
})

/** One to three places where the bytes come in separate reads. */
const splits = (random: Random, length: number): number[] => {
  const ends = Array.from({ length: 1 + random.int(3) }, () => random.int(length + 1))
  return [...ends, length].sort((a, b) => a - b)
}

const compare = (
  count: number,
  make: (random: Random) => Buffer,
  ours: (data: Buffer, ends?: readonly number[]) => Parsed,
  theirs: (data: Buffer) => Parsed,
): { accepted: number; refused: number; stricter: Map<string, number> } => {
  const tally = { accepted: 0, refused: 0, stricter: new Map<string, number>() }
  for (let run = 0; run < count; run++) {
    const random = randomFrom(seed + run)
    const data = make(random)
    const whole = ours(data)
    const node = theirs(data)
    const found = disagreement(whole, node)
    assert.equal(
      found,
      undefined,
      `FUZZ_SEED=${seed + run} FUZZ_RUNS=1: ${found}\n${JSON.stringify(data.toString('latin1'))}`,
    )
    const pieces = ours(data, splits(random, data.length))
    assert.deepEqual(
      settled(pieces),
      settled(whole),
      `FUZZ_SEED=${seed + run} FUZZ_RUNS=1: another result in pieces\n${JSON.stringify(data.toString('latin1'))}`,
    )
    if (whole.end !== 'error') tally.accepted++
    else if (node.end === 'error') tally.refused++
    else tally.stricter.set(whole.reason, (tally.stricter.get(whole.reason) ?? 0) + 1)
  }
  return tally
}

const report = (t: { diagnostic(text: string): void }, tally: ReturnType<typeof compare>): void => {
  t.diagnostic(`seed ${seed}: ${tally.accepted} accepted, ${tally.refused} refused by both, stricter than node:`)
  for (const [reason, count] of [...tally.stricter].sort((a, b) => b[1] - a[1])) t.diagnostic(`  ${count} ${reason}`)
}

test(`${runs} generated and mutated requests mean the same to node:http or are refused`, { timeout: 0 }, t => {
  const tally = compare(runs, fuzzRequests, parseRequests, parseRequestsWithNode)
  report(t, tally)
  // A generator that makes only garbage, or only good messages, proves nothing.
  assert.ok(runs < 1000 || (tally.accepted > runs * 0.2 && tally.refused > runs * 0.2))
})

test(`${runs / 4} generated and mutated responses mean the same to node:http or are refused`, { timeout: 0 }, t => {
  report(t, compare(runs / 4, fuzzResponses, parseResponses, parseResponsesWithNode))
})
