import { relative, resolve } from 'node:path'
import { packageVersion } from '../gateway/version.ts'
import { jsonSchema } from '../spec/json-schema.ts'
import { CommandError, EXIT } from './exit.ts'
import { whyNotWritten, writeWhole } from './write-file.ts'

export interface SchemaOptions {
  /** Standard output unless given. */
  readonly out?: string | undefined
}

/** The JSON Schema of the configuration, as text. */
export const schemaText = (): string => {
  const { $schema, $id, ...rest } = jsonSchema()
  const $comment = `Of Sallyport ${packageVersion()}; written by: sallyport schema`
  return `${JSON.stringify({ $schema, $id, $comment, ...rest }, null, 2)}\n`
}

/** Prints the JSON Schema for editors, or writes it to a file, which it replaces. Resolves to the exit code. */
export const schema = async ({ out }: SchemaOptions): Promise<number> => {
  if (out === undefined) {
    process.stdout.write(schemaText())
    return EXIT.ok
  }
  const file = resolve(out)
  await writeWhole(file, schemaText(), true).catch((error: unknown) => {
    throw new CommandError(`cannot write ${out}: ${whyNotWritten(error)}`)
  })
  const shown = relative(process.cwd(), file)
  process.stdout.write(`${shown} is written. In a configuration beside it, the first line tells editors where it is:
# yaml-language-server: $schema=./${shown.split(/[\\/]/).at(-1)}
`)
  return EXIT.ok
}
