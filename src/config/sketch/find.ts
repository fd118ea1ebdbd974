import { join } from 'node:path'
import { type ReadFile, reasonOf } from '../outside.ts'
import { cleanLine } from './clean.ts'
import { fromCompose, isCompose } from './compose.ts'
import { parseForeign } from './foreign.ts'
import { fromOpenApi, isOpenApi } from './openapi.ts'
import type { Finding } from './sketch.ts'

/** What is looked for in a folder, compose first: it says where services are. */
export const KNOWN_FILES: readonly string[] = [
  ...['docker-compose.yml', 'docker-compose.yaml', 'compose.yaml', 'compose.yml'],
  ...['openapi.yaml', 'openapi.yml', 'openapi.json', 'swagger.yaml', 'swagger.yml', 'swagger.json'],
]

export interface Found {
  readonly file: string
  /** A sentence where nothing can be made of the file. */
  readonly finding: Finding | string
}

/** Reads a file of another program. Never rejects. */
export const findIn = async (folder: string, file: string, readFile: ReadFile): Promise<Found> => {
  const text = await readFile(join(folder, file)).catch((error: unknown) => ({ reason: reasonOf(error) }))
  if (typeof text !== 'string') return { file, finding: `cannot be read: ${text.reason}` }
  const document = parseForeign(text.replace(/^\uFEFF/, ''))
  if (typeof document === 'string') return { file, finding: document }
  const name = cleanLine(file.split(/[\\/]/).at(-1))
  if (isOpenApi(document)) return { file, finding: fromOpenApi(document, name) }
  if (isCompose(document)) return { file, finding: fromCompose(document, name) }
  const swagger = document['swagger'] !== undefined
  return {
    file,
    finding: swagger ? 'is Swagger 2.0; convert it to OpenAPI 3' : 'is neither OpenAPI 3 nor a compose file',
  }
}
