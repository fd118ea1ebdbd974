#!/usr/bin/env node
/**
 * The entry of the command line. Only what every Node can read stands here: the version is looked at before anything
 * newer is loaded. It never starts another process, so the process that was started is the gateway.
 */
const NEEDED_MAJOR = 24

const main = async (): Promise<void> => {
  if (Number.parseInt(process.versions.node, 10) < NEEDED_MAJOR) {
    process.stderr.write(
      `sallyport: Node.js ${NEEDED_MAJOR} or newer is needed, this is ${process.versions.node}; install it and try again\n`,
    )
    process.exitCode = 1
    return
  }
  const { runCommandLine } = await import('./program.ts')
  process.exitCode = await runCommandLine(process.argv.slice(2))
}

void main()
