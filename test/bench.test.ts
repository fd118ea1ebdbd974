import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runSallyport, sallyport } from './support/sallyport.ts'

/** `sallyport bench` from its command line to its exit code. What it says is checked for shape: speed is no test. */

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-test-'))
  await writeFile(join(folder, 'sallyport.yaml'), CONFIG)
})
after(() => rm(folder, { recursive: true, force: true }))

const CONFIG = `
listeners: { web: 0.0.0.0:8080 }
admin: false
services: { orders: { url: "http://10.0.0.1:3002/v2" } }
routes:
  - { path: "/orders/{id}", to: orders, rateLimit: { limit: 10/1m, by: ip } }
  - { path: /ping, respond: { text: pong } }
`

const SHORT = ['--stub', '--rounds', '1', '--duration', '200ms', '--warmup', '200ms', '--rate', '200']

const bench = (...args: string[]) => runSallyport(['bench', ...args], { cwd: folder })

test('figures of a route before stub services, as JSON and as a picture', async () => {
  const svg = join(folder, 'rates.svg')
  const args = ['--path', '/orders/42', ...SHORT, '--max-rate', '200', '--json', '--svg', svg]
  const { code, out, err } = await bench(...args)
  assert.equal(code, 0, err)
  const { routes, stub, workers } = JSON.parse(out)
  assert.deepEqual([routes.length, stub, workers], [1, true, 1])
  const [{ fixed, policies, search, warnings }] = routes
  // The limit of ten a minute was raised; each answer came.
  assert.equal(fixed.through.errors, 0, out)
  assert.deepEqual(Object.keys(fixed.through.byClass), ['2'])
  assert.ok(fixed.direct.p50.median > 0 && fixed.through.p50.median > 0)
  assert.ok(fixed.cpuUs.median > 0)
  assert.deepEqual(
    policies.map(({ name }: { name: string }) => name),
    ['limits'],
  )
  assert.ok(search.through.steps.length >= 1)
  assert.match(warnings.join(), /limits were raised/)
  assert.match(await readFile(svg, 'utf8'), /^<svg /)
})

test('a budget that is not kept ends with 1 and says which', async () => {
  const args = ['--route', 'GET /orders/1', ...SHORT, '--no-policies', '--no-search', '--budget', 'p50=1s,cpu=0.001us']
  const { code, out } = await bench(...args)
  assert.equal(code, 1)
  assert.match(out, /^over budget: cpu is .* µs, the budget is 0 µs$/m)
  assert.doesNotMatch(out, /over budget: p50/)
  assert.match(out, /^ {2}direct +\d/m)
  assert.match(out, /^ {2}overhead +-?\d/m)
})

test('wrong usage ends with 2 before anything is started', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--budget', 'p98=1ms'], /unknown figure/],
    [['--rate', '0'], /--rate 0 is not a number/],
    [['--route', 'GET /none'], /no route takes GET \/none/],
    [['--path', '/orders/1'], /load would leave this machine: service orders at http:\/\/10\.0\.0\.1:3002/],
    [['-H', 'no header'], /"name: value"/],
  ]
  for (const [args, says] of cases) {
    const { code, err } = await bench(...args)
    assert.equal(code, 2, err)
    assert.match(err, says)
  }
})

test('Ctrl-C ends it with all its children', async () => {
  const started = sallyport(['bench', '--path', '/orders/1', ...SHORT, '--duration', '30s'], { cwd: folder })
  await started.says(/warming up/)
  const children = await childrenOf(started.pid)
  started.child.kill('SIGINT')
  assert.equal(await started.ended, 130)
  assert.match(started.err(), /stopped by SIGINT/)
  // On systems without /proc there is nothing to see.
  if (process.platform === 'linux') assert.equal(children.length, 2)
  for (const pid of children) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

const childrenOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.trim().split(' ').filter(Boolean).map(Number)
}
