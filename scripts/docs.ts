import { writeFileSync } from 'node:fs'
import { jsonSchema } from '../src/spec/json-schema.ts'
import { referencePage } from './reference.ts'

/** Writes the pages that are made of the sources; a test compares them. */
writeFileSync(new URL('../docs/reference.md', import.meta.url), referencePage(jsonSchema()))
