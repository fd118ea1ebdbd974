#!/usr/bin/env node
'use strict'
/**
 * The command. Every Node since 10 can read this file, so that an old one says what is needed instead of where it
 * stumbled; what is newer is loaded only then. A checkout runs its sources, the package what they were compiled to. It
 * never starts another process: the process that was started is the gateway.
 */
const NEEDED_MAJOR = 24

if (parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  const { existsSync } = require('node:fs')
  const { join } = require('node:path')
  import(existsSync(join(__dirname, '../src')) ? '../src/cli/main.ts' : '../dist/cli/main.js')
} else {
  process.exitCode = 1
  process.stderr.write(
    `sallyport: Node.js ${NEEDED_MAJOR} or newer is needed, this is ${process.versions.node}; install it and try again\n`,
  )
}
