import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, createServer, get, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runSallyport, type Sallyport, sallyport } from './support/sallyport.ts'

/** The command line as users and supervisors of processes meet it: exit codes, sentences, signals. */

let folder = ''
const started = new Set<Sallyport>()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'))
})
after(async () => {
  for (const { child } of started) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})
const listening = async (handle: RequestListener = () => {}): Promise<number> => {
  const server = createServer(handle)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

let files = 0
const configFile = async (text: string): Promise<string> => {
  const file = join(folder, `config-${files++}.yaml`)
  await writeFile(file, text)
  return file
}

const routeSaying = (text: string): string => `
listeners: { web: 127.0.0.1:0 }
admin: 127.0.0.1:0
workers: 1
routes: [ { prefix: /, respond: { text: ${text} } } ]
`

interface Running extends Sallyport {
  readonly url: string
  readonly admin: string
}

const start = async (file: string): Promise<Running> => {
  const child = sallyport(['run', file])
  started.add(child)
  const [, url = ''] = await child.says(/listening on (http:\/\/[\d.:]+)/)
  const [, admin = ''] = await child.says(/admin on (http:\/\/[\d.:]+)/)
  return { ...child, url, admin }
}

const stop = async (gateway: Sallyport, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> => {
  gateway.child.kill(signal)
  const code = await gateway.ended
  started.delete(gateway)
  return code
}

const text = async (url: string): Promise<string> => (await fetch(url)).text()

const oneLine = (err: string): void => assert.equal(err.trimEnd().split('\n').length, 1, err)

test('wrong usage: one sentence, a suggestion where there is one, exit code 2', async () => {
  const cases: [string[], RegExp][] = [
    [['rum'], /^sallyport: unknown command 'rum'; did you mean run\?$/m],
    [['demo', '--prt', '1'], /^sallyport: unknown option '--prt'; did you mean --port\?$/m],
    [['run', 'a', 'b'], /^sallyport: too many arguments for 'run'/m],
    [['explain', 'GET'], /^sallyport: missing required argument 'url'/m],
    [['demo', '--port', '99999'], /^sallyport: --port 99999 is not a port; use a number from 0 to 65535$/m],
  ]
  await Promise.all(
    cases.map(async ([args, expected]) => {
      const { code, err, out } = await runSallyport(args)
      assert.equal(code, 2, args.join(' '))
      assert.match(err, expected)
      assert.equal(out, '')
      oneLine(err)
    }),
  )
})

test('--version and --help', async () => {
  const version = await runSallyport(['--version'])
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/)
  assert.equal(version.code, 0)
  const help = await runSallyport(['--help'])
  for (const command of ['run', 'check', 'explain', 'demo']) assert.match(help.out, new RegExp(`^  ${command} `, 'm'))
  assert.equal(help.code, 0)
  for (const command of ['init', 'bench']) {
    const { out } = await runSallyport([command, '--help'])
    assert.match(out, /may be\s+repeated/)
    assert.doesNotMatch(out, /\[\]|default: false/)
  }
})

test('a Node.js that is too old is told so, before anything newer is loaded', async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })"
  const { code, err } = await runSallyport(['run'], {
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(old)}`],
  })
  assert.equal(code, 1)
  assert.match(err, /^sallyport: Node\.js 24 or newer is needed, this is 20\.20\.2; install it and try again\n$/)
})

test('run: a missing or broken configuration starts nothing and says why', async () => {
  const missing = await runSallyport(['run', 'nowhere.yaml'], { cwd: folder })
  assert.equal(missing.code, 1)
  assert.match(missing.err, /nowhere\.yaml/)
  assert.match(missing.err, /nothing was started/)

  const none = await runSallyport(['run'], { cwd: folder })
  assert.equal(none.code, 1)
  assert.match(none.err, /no sallyport\.yaml/)

  const broken = await runSallyport([
    'run',
    await configFile('routes: [ { prefix: /, to: ordres } ]\nservices: { orders: http://127.0.0.1:1 }\n'),
  ])
  assert.equal(broken.code, 1)
  assert.match(broken.err, /unknown service "ordres".*orders/s)
  assert.doesNotMatch(broken.err, /\n\s+at /, 'no stack trace')
})

// Root may read everything; there src/config/disk.test.ts has to do.
const asUser = process.getuid?.() !== 0
if (asUser)
  test('run: a file that may not be read', async () => {
    const file = await configFile(routeSaying('hidden'))
    await chmod(file, 0o000)
    const { code, err } = await runSallyport(['run', file])
    assert.equal(code, 1)
    assert.match(err, /permission/)
  })

test('run: a port in use, for clients or for admin', async () => {
  const port = await listening()
  const taken = `127.0.0.1:${port}`
  const client = await runSallyport(['run', await configFile(`listeners: { web: "${taken}" }\nadmin: 127.0.0.1:0\n`)])
  assert.equal(client.code, 1)
  assert.match(
    client.err,
    new RegExp(`^sallyport: port ${port} on 127\\.0\\.0\\.1 is already in use \\(listener "web"\\)$`, 'm'),
  )
  const admin = await runSallyport(['run', await configFile(`listeners: { web: 127.0.0.1:0 }\nadmin: "${taken}"\n`)])
  assert.equal(admin.code, 1)
  assert.match(admin.err, /^sallyport: .*in use/m)
  oneLine(admin.err)
})

test('run: SIGHUP reloads, a bad file changes nothing, SIGTERM ends with 0', async () => {
  const file = await configFile(routeSaying('one'))
  const gateway = await start(file)
  assert.equal(await text(gateway.url), 'one')
  assert.equal((await fetch(`${gateway.admin}/readyz`)).status, 200)

  await writeFile(file, routeSaying('two'))
  gateway.child.kill('SIGHUP')
  await gateway.says(/reloaded/)
  assert.equal(await text(gateway.url), 'two')

  await writeFile(file, 'routes: [ { prefix: /, to: nobody } ]\n')
  gateway.child.kill('SIGHUP')
  await gateway.says(/not reloaded.*: 1 error/)
  assert.match(gateway.err(), /unknown service/)
  assert.equal(await text(gateway.url), 'two')

  assert.equal(await stop(gateway), 0)
})

test('run: a changed file is noticed without a signal', async () => {
  const file = await configFile(routeSaying('one'))
  const gateway = await start(file)
  await writeFile(file, routeSaying('two'))
  await gateway.says(/reloaded/)
  assert.equal(await text(gateway.url), 'two')
  assert.equal(await stop(gateway), 0)
})

test('run: SIGTERM lets a running request finish, then exits with 0', async () => {
  let arrived = (): void => {}
  const asked = new Promise<void>(resolve => {
    arrived = resolve
  })
  const port = await listening((_, response) => {
    arrived()
    setTimeout(() => response.end('finished'), 300)
  })
  const gateway = await start(
    await configFile(
      `listeners: { web: 127.0.0.1:0 }\nadmin: 127.0.0.1:0\nworkers: 2\nservices: { slow: "http://127.0.0.1:${port}" }\nroutes: [ { prefix: /, to: slow } ]\n`,
    ),
  )
  const agent = new Agent({ keepAlive: true })
  const answer = new Promise<string>((resolve, reject) => {
    get(`${gateway.url}/`, { agent }, response => {
      let body = `${response.headers.connection} `
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk
      })
      response.on('end', () => resolve(body)).on('error', reject)
    }).on('error', reject)
  })
  await asked
  const ended = stop(gateway)
  assert.equal(await answer, 'close finished')
  assert.equal(await ended, 0)
  agent.destroy()
})

test('run: a second signal ends at once', async () => {
  const gateway = await start(await configFile(`${routeSaying('one')}drainDelay: 60s\n`))
  gateway.child.kill('SIGTERM')
  await gateway.says(/draining/)
  assert.equal((await fetch(`${gateway.admin}/readyz`)).status, 503)
  assert.equal(await text(gateway.url), 'one', 'listeners stay open for drainDelay')
  assert.equal(await stop(gateway), 143)
})
