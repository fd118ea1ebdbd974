import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../bin/sallyport.cjs', import.meta.url))

/** The command line as a child process, with what it has written so far. */
export interface Sallyport {
  readonly child: ChildProcess
  readonly pid: number
  out(): string
  err(): string
  /**
   * Resolves when standard output or error matches, the latter behind `from` characters; rejects, with all that was
   * written, when the process ends first.
   */
  says(pattern: RegExp, from?: number): Promise<RegExpExecArray>
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>
}

export const sallyport = (
  args: readonly string[],
  options: { cwd?: string; nodeArgs?: string[]; env?: NodeJS.ProcessEnv } = {},
): Sallyport => {
  const { nodeArgs = [], ...rest } = options
  const child = spawn(process.execPath, [...nodeArgs, MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...rest })
  let out = ''
  let err = ''
  const changed = new Set<() => void>()
  const onText = (take: (text: string) => void) => (text: string) => {
    take(text)
    for (const check of changed) check()
  }
  child.stdout.setEncoding('utf8').on(
    'data',
    onText(text => {
      out += text
    }),
  )
  child.stderr.setEncoding('utf8').on(
    'data',
    onText(text => {
      err += text
    }),
  )
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  const says = (pattern: RegExp, from = 0): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        const match = pattern.exec(out) ?? pattern.exec(err.slice(from))
        if (match === null) return
        changed.delete(check)
        resolve(match)
      }
      changed.add(check)
      check()
      void ended.then(code => reject(new Error(`ended with ${code} before saying ${pattern}:\n${out}\n${err}`)))
    })
  return { child, pid: child.pid ?? 0, out: () => out, err: () => err, says, ended }
}

/** Runs to the end. */
export const runSallyport = async (
  args: readonly string[],
  options?: Parameters<typeof sallyport>[1],
): Promise<{ code: number | string; out: string; err: string }> => {
  const started = sallyport(args, options)
  const code = await started.ended
  return { code, out: started.out(), err: started.err() }
}
