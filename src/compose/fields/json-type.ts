/** As browsers tell (mimesniff.spec.whatwg.org, "JSON MIME type"): services that have it give `text/json` to whoever asks for that. */
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|[^/;\s]+\/[^;\s]+\+json)\s*(?:;|$)/i

/** Whether a `Content-Type`, or one item of `Accept`, says JSON. */
export const isJsonType = (type: string): boolean => JSON_TYPE.test(type)
