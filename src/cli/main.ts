import { runCommandLine } from './command-line.ts'

/** The entry of the command line, on a Node that is new enough: `bin/sallyport.cjs` sees to that. */
void runCommandLine(process.argv.slice(2)).then(code => {
  process.exitCode = code
})
