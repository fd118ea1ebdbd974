import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { jsonSchema } from '../json-schema.ts'

/** Strict: a keyword that it does not know, or one that has no effect, is a mistake in the schema. */
export const newAjv = (): Ajv2020 => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateFormats: true, allErrors: false })
  // Editors show it in place of the pattern.
  ajv.addVocabulary(['patternErrorMessage'])
  return ajv
}

const validate = newAjv().compile(jsonSchema())

/** What an editor would underline; nothing where all is well. */
export const editorErrors = (document: unknown): readonly ErrorObject[] =>
  validate(document) ? [] : (validate.errors ?? [])
