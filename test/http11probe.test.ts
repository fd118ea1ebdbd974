import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startGateway } from './support/gateway.ts'
import { type Outcome, runVectors, type Vector } from './support/http11probe.ts'
import { startSloppyUpstream } from './support/sloppy-upstream.ts'

/** Data of the workplace, not of the project; see its README for the source. */
const file = new URL('../../shared/data/http11probe-vectors.json', import.meta.url)
const missing = !existsSync(file)
if (missing) process.stderr.write(`SKIPPED: HTTP/1.1 probe vectors not found at ${file.pathname}\n`)

/** The best peer, nghttpx, passes 126; nginx 1.22 passes 120. */
const LEAST = 145

const line = (outcome: Outcome): string =>
  `${outcome.verdict} ${outcome.vector.level} ${outcome.vector.id}: ${outcome.seen}, expected ${outcome.vector.expect}`

test('HTTP/1.1 probe vectors before a sloppy upstream', { skip: missing }, async t => {
  const vectors: Vector[] = JSON.parse(readFileSync(file, 'utf8'))
  const upstream = await startSloppyUpstream()
  const gateway = await startGateway({ services: { app: upstream.port } })
  t.after(async () => {
    await gateway.close()
    await upstream.close()
  })
  const outcomes = await runVectors(vectors, gateway.port, 16)
  const scored = outcomes.filter(outcome => outcome.vector.scored)
  const having = (verdict: string): Outcome[] => scored.filter(outcome => outcome.verdict === verdict)
  t.diagnostic(
    `passed ${having('Pass').length}, warned ${having('Warn').length}, failed ${having('Fail').length} of ${scored.length}`,
  )
  for (const outcome of [...having('Fail'), ...having('Warn')]) t.diagnostic(line(outcome))

  const musts = outcomes.filter(({ vector, verdict }) => vector.level === 'Must' && vector.scored && verdict === 'Fail')
  assert.deepEqual(musts.map(line), [], 'a MUST was failed')
  assert.ok(having('Pass').length >= LEAST, `${having('Pass').length} of ${scored.length} passed, ${LEAST} wanted`)
})
