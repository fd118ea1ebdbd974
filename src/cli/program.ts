import { Command, CommanderError, Help, type Option } from 'commander'
import { packageVersion } from '../gateway/version.ts'
import { describeBench } from './bench/command.ts'
import { CommandError, EXIT } from './exit.ts'
import { say } from './failure.ts'

/** Reads a command line of any form, does what it says, and resolves to the exit code. Commands are loaded when they are used. */
export const runProgram = async (args: readonly string[]): Promise<number> => {
  let exitCode: number = EXIT.ok
  const program = describe(code => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error)
    throw error
  }
}

const describe = (exit: (code: number) => void): Command => {
  const program = new Command('sallyport')
    .description('An API gateway and Backend-for-Frontend in TypeScript.')
    .version(packageVersion(), '-v, --version', 'print the version')
    .option('--debug', 'show stack traces of unexpected errors')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ optionDescription: describeOption })

  program
    .command('run')
    .description('Start the gateway.')
    .argument('[config]', CONFIG)
    .action(async config => exit(await (await import('./run.ts')).run(config)))

  program
    .command('check')
    .description('Check a configuration and show what it says, without starting anything.')
    .argument('[config]', CONFIG)
    .option('--strict', 'treat warnings as errors', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (config, options) => exit(await (await import('./check.ts')).check(config, options)))

  program
    .command('explain')
    .description('Show which route a request takes and why, without sending it.')
    .argument('<method>', 'such as GET')
    .argument('<url>', 'a path such as /api/orders/42, or a URL when the host matters')
    .argument('[config]', CONFIG)
    .option('-H, --header <line>', 'a header of the request, "name: value"; may be repeated', collect, [])
    .option('--listener <name>', 'the listener it comes by; the first one unless given')
    .action(async (method, url, config, options) => {
      const { explainCommand } = await import('./explain-command.ts')
      exit(await explainCommand({ method, url, config, headers: options.header, listener: options.listener }))
    })

  program
    .command('init')
    .description('Write a first configuration, from OpenAPI and compose files where there are some.')
    .argument('[folder]', 'where to write it, and to look for such files', '.')
    .option(
      '--from <file>',
      'an OpenAPI 3 or compose file; may be repeated (default: those in the folder)',
      collect,
      [],
    )
    .option('--typescript', 'write sallyport.config.ts', false)
    .option('--schema', 'write the JSON Schema for editors beside it', false)
    .option('--force', 'replace what is there', false)
    .option('-y, --yes', 'ask nothing', false)
    .action(async (folder, options) => exit(await (await import('./init.ts')).init({ folder, ...options })))

  program
    .command('schema')
    .description('Print the JSON Schema of the configuration, with which editors complete and explain every key.')
    .option('--out <file>', 'write it to this file, which is replaced')
    .action(async options => exit(await (await import('./schema.ts')).schema(options)))

  describeBench(program, exit)

  const key = program
    .command('key')
    .description('Make API keys, and the hashes that configurations hold in their place.')
  key
    .command('new')
    .description('Print a new random key, and its hash for the configuration.')
    .option('--bytes <number>', 'how much of it is random', Number, 32)
    .option('--prefix <text>', 'what it starts with, so that people and scanners know it for a key', 'sp_')
    .action(async options => exit((await import('./key-new.ts')).keyNew(options)))
  key
    .command('hash')
    .description('Read a key from standard input, print its hash, and warn when it can be guessed.')
    // A key that stands here is refused with the reason, whatever it looks like, and not repeated.
    .allowExcessArguments()
    .allowUnknownOption()
    .action(async (_options, command) => exit(await (await import('./key-hash.ts')).keyHash(command.args)))

  program
    .command('demo')
    .description('Start sample services and a gateway before them, with commands to try.')
    .option('--port <number>', 'port of the gateway (default: 8080, or the next free one)', readPort)
    .action(async options => exit(await (await import('./demo.ts')).demo(options)))

  return program
}

/** As commander has it, but that there is none unless given needs no "[]" and no "false". */
const describeOption = (option: Option): string =>
  Help.prototype.optionDescription.call(new Help(), option).replace(/ \(default: (?:\[\]|false)\)$/, '')

const CONFIG = 'the configuration file (default: sallyport.yaml, .json or .config.ts here)'

const collect = (line: string, lines: readonly string[]): readonly string[] => [...lines, line]

const readPort = (text: string): number => {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new CommandError(`--port ${text} is not a port; use a number from 0 to 65535`, EXIT.usage)
}

const reportUsage = (error: CommanderError): number => {
  if (error.exitCode === 0) return EXIT.ok
  if (error.code !== 'commander.help') say(oneSentence(error.message))
  return EXIT.usage
}

/** `error: unknown option '--prot'` and its hint on a second line become one line that says what to do. */
const oneSentence = (message: string): string => {
  const [first = '', hint] = message.replace(/^error: /, '').split('\n')
  const problem = first.replace('. Expected', ': expected').replace(/\.$/, '')
  const advice = hint?.match(/\(Did you mean (.*)\?\)/)?.[1]
  return advice === undefined ? `${problem}; see sallyport --help` : `${problem}; did you mean ${advice}?`
}
