/** `ServingStatus` of grpc.health.v1. */
export const SERVING = 1

/** Field 1, as a varint and as bytes. */
const STATUS_TAG = 0x08
const SERVICE_TAG = 0x0a

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** HealthCheckRequest { string service = 1 } in the frame that gRPC puts before each message: not compressed, length. */
export const checkRequest = (service: string): Buffer => {
  const name = Buffer.from(service)
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([SERVICE_TAG, ...varint(name.length)]), name])
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(message.length, 1)
  return Buffer.concat([frame, message])
}

/** `status`, field 1 of the HealthCheckResponse in the one frame there is; −1: it is none. */
export const servingStatus = (frame: Buffer): number => {
  if (frame.length < 5 || frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - 5) return -1
  const reader = { bytes: frame, at: 5 }
  // 0, UNKNOWN, is not sent.
  let status = 0
  while (reader.at < frame.length) {
    const tag = readVarint(reader)
    if (tag === STATUS_TAG) {
      status = readVarint(reader)
      if (status < 0) return -1
    } else if (tag < 0 || !skip(reader, tag & 7)) return -1
  }
  return status
}

interface Reader {
  readonly bytes: Buffer
  at: number
}

/** −1: it is cut off or too long. Ten bytes at most; numbers beyond 2^53 lose digits, which tells no statuses apart. */
const readVarint = (reader: Reader): number => {
  let value = 0
  for (let factor = 1, end = reader.at + 10; reader.at < end && reader.at < reader.bytes.length; factor *= 128) {
    const byte = reader.bytes[reader.at++]!
    value += (byte & 127) * factor
    if (byte < 128) return value
  }
  return -1
}

/** Passes over a field that is not known here, as protobuf wants; false: it is malformed. */
const skip = (reader: Reader, wireType: number): boolean => {
  if (wireType === VARINT) return readVarint(reader) >= 0
  const length = wireType === FIXED64 ? 8 : wireType === FIXED32 ? 4 : wireType === BYTES ? readVarint(reader) : -1
  reader.at += length
  return length >= 0 && reader.at <= reader.bytes.length
}

const varint = (value: number): number[] => {
  const bytes: number[] = []
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128)
  return [...bytes, value]
}
