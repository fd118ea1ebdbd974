import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fencedBlocks, looksLike, shownIn } from './support/console-blocks.ts'
import { type Sallyport, sallyport } from './support/sallyport.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}

const accepts = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

/** Does what the page says, block by block, on ports of its own. */
test('docs/guide/first-gateway.md does what it says', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-first-'))
  t.after(() => rm(folder, { recursive: true }))
  const ports = new Map([
    ['8080', await freePort()],
    ['3000', await freePort()],
  ])
  const moved = (text: string): string => text.replace(/\b(8080|3000)\b/g, port => String(ports.get(port)))
  const file = join(folder, 'sallyport.yaml')
  const page = await readFile(join(ROOT, 'docs/guide/first-gateway.md'), 'utf8')
  let gateway: Sallyport | undefined
  t.after(() => gateway?.child.kill('SIGKILL'))

  const shell = (command: string): string => {
    const main = `sallyport() { '${process.execPath}' '${ROOT}src/cli/main.ts' "$@"; }; KEY=${KEY}; ${moved(command)}`
    return execFileSync('bash', ['-c', `exec 2>&1; ${main}`], { cwd: folder, encoding: 'utf8' })
  }
  /** What `init` writes has the usual ports, and the usual admin listener. */
  const settle = async (): Promise<void> => {
    await writeFile(file, moved(await readFile(file, 'utf8')))
    await appendFile(file, '\nadmin: 127.0.0.1:0\nworkers: 1\n')
  }

  for (const { language, text } of fencedBlocks(page)) {
    if (language === 'yaml') {
      const before = gateway?.err().length ?? 0
      await writeFile(file, text)
      await settle()
      await gateway?.says(/reloaded/, before)
    } else if (text.includes('examples/echo.ts')) {
      const env = { ...process.env, SERVICE_PORT: String(ports.get('3000')) }
      const service = spawn(process.execPath, [`${ROOT}examples/echo.ts`], { env, stdio: 'ignore' })
      t.after(() => service.kill('SIGKILL'))
      while (!(await accepts(ports.get('3000') ?? 0))) await new Promise(resolve => setTimeout(resolve, 20))
    } else if (text === 'sallyport run\n') {
      gateway = sallyport(['run'], { cwd: folder })
      await gateway.says(/listening on http/)
    } else {
      for (const { command, expected } of shownIn(`\`\`\`console\n${text}\`\`\`\n`)) {
        const output = shell(command)
        const wanted = command === 'sallyport init' ? expected : moved(expected)
        if (!looksLike(output, wanted)) assert.equal(output, wanted, `$ ${command}`)
        if (command === 'sallyport init') await settle()
      }
    }
  }
  assert.ok(gateway !== undefined)
})

/** Commands are run apart, and the page sets it in one of them. */
const KEY = 'example_ZHSTtxyFRh7ydVR2zSEQTMy2gGH1MwQiwwZWEDjVE0P'
