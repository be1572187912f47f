/* The envelope around the bytes of states and models: what they are, of which configuration, and
 * whether they are whole. */
#include "base/envelope.h"

#include <string.h>

#include "base/error.h"
#include "base/hash.h"

#define HEAD (8 + 2 + 2 + 4 + 32 + 8)

cstn_status cstn__envelope_close(const cstn__envelope *envelope, cstn__bytes *body, size_t config,
		cstn_buffer **out, cstn_error **error)
{
	uint8_t digest[32] = {0};

	if (!body->failed)
		cstn__sha256(body->data, config, digest);
	return cstn__envelope_close_as(envelope, body, digest, out, error);
}

cstn_status cstn__envelope_close_as(const cstn__envelope *envelope, cstn__bytes *body,
		const uint8_t digest[32], cstn_buffer **out, cstn_error **error)
{
	cstn__bytes whole;

	if (body->failed) {
		cstn__bytes_free(body);
		return cstn__fail_nomem(error);
	}
	cstn__bytes_init(&whole, &body->allocator);
	cstn__bytes_put(&whole, envelope->magic, 8);
	cstn__bytes_put_u16(&whole, envelope->kind);
	cstn__bytes_put_u16(&whole, envelope->version);
	cstn__bytes_put_u32(&whole, 0);
	cstn__bytes_put(&whole, digest, 32);
	cstn__bytes_put_u64(&whole, body->size);
	cstn__bytes_put(&whole, body->data, body->size);
	cstn__bytes_free(body);
	if (!whole.failed)
		cstn__bytes_put_u64(&whole, cstn__hash64(0, whole.data, whole.size));
	return cstn__bytes_to_buffer(&whole, out, error);
}

cstn_status cstn__envelope_open(const cstn__envelope *envelope, const uint8_t *data, size_t size,
		cstn__reader *body, const uint8_t **digest, cstn_error **error)
{
	cstn__reader head = {data, size, 0, 0}, tail;
	const uint8_t *magic = cstn__read_bytes(&head, 8);
	uint16_t kind, version;
	uint32_t flags;
	uint64_t length;

	if (!magic || memcmp(magic, envelope->magic, 8) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"these bytes are no %s: they do not begin with %s", envelope->what,
				envelope->magic);
	/* the checksum first: a damaged byte is never taken for another kind or version */
	if (size < HEAD + 8)
		return cstn__fail(error, CSTN_E_CORRUPT, "%zu bytes, too few for the head of a %s",
				size, envelope->what);
	tail = (cstn__reader){data, size, size - 8, 0};
	if (cstn__read_u64(&tail) != cstn__hash64(0, data, size - 8))
		return cstn__fail(error, CSTN_E_CORRUPT, "the checksum of the %s is wrong",
				envelope->what);
	kind = cstn__read_u16(&head);
	version = cstn__read_u16(&head);
	flags = cstn__read_u32(&head);
	*digest = cstn__read_bytes(&head, 32);
	length = cstn__read_u64(&head);
	if (kind != envelope->kind)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"these bytes are no %s: kind %u, %u expected", envelope->what, kind,
				envelope->kind);
	if (version != envelope->version || flags)
		return cstn__fail(error, CSTN_E_NEWER_FORMAT,
				"%s of version %u with flags %u; this library reads version %u",
				envelope->what, version, flags, envelope->version);
	if (length != size - HEAD - 8)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"%s of %zu bytes say they have another length", envelope->what,
				size);
	*body = (cstn__reader){data + HEAD, (size_t)length, 0, 0};
	return CSTN_OK;
}

cstn_status cstn__envelope_unpack(const cstn__envelope *envelope, const uint8_t *data, size_t size,
		const void *out, const cstn_allocator *allocator, cstn__opened *opened,
		cstn_error **error)
{
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &opened->allocator, error);
	return status == CSTN_OK ? cstn__envelope_open(envelope, data, size, &opened->body,
						   &opened->digest, error)
				 : status;
}

cstn_status cstn__envelope_check(const cstn__envelope *envelope, const cstn__reader *body,
		const uint8_t *digest, size_t config, cstn_error **error)
{
	uint8_t expected[32];

	cstn__sha256(body->data, config, expected);
	if (memcmp(digest, expected, 32) != 0)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the digest of the configuration of the %s is wrong",
				envelope->what);
	return CSTN_OK;
}
