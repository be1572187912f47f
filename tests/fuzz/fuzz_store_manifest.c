/* Manifest bytes, as they are and with the hash put right so that what lies behind it is read. What
 * is accepted is written to bytes that read back to the same bytes. */
#include "fuzz.h"

#include "base/hash.h"
#include "store/manifest.h"

static void put_right(uint8_t *data, size_t size)
{
	cstn__hash128_value hash;

	if (size < 144)
		return;
	memcpy(data, "CSTNMAN1", 8);
	for (size_t i = 0; i < 8; i++)
		data[104 + i] = (uint8_t)((uint64_t)size >> 8 * i);
	hash = cstn__hash128(data, size - 16);
	for (size_t i = 0; i < 8; i++) {
		data[size - 16 + i] = (uint8_t)(hash.low >> 8 * i);
		data[size - 8 + i] = (uint8_t)(hash.high >> 8 * i);
	}
}

static void read_and_write(const uint8_t *data, size_t size)
{
	cstn__manifest manifest;
	cstn_error *error = NULL;
	cstn__bytes bytes;
	cstn_status status = cstn__manifest_read(
			data, size, CSTN__MANIFEST_ANY, NULL, &manifest, &error);

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	cstn__bytes_init(&bytes, NULL);
	MUST(cstn__manifest_write(&manifest, &bytes, NULL) == CSTN_OK);
	MUST(bytes.size == size);
	/* All but the minor version, which is this library's, and so the hash. */
	MUST(memcmp(bytes.data, data, 10) == 0);
	MUST(memcmp(bytes.data + 12, data + 12, size - 28) == 0);
	cstn__bytes_free(&bytes);
	cstn__manifest_free(&manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy == NULL)
		return 0;
	read_and_write(data, size);
	if (size > 0)
		memcpy(copy, data, size);
	put_right(copy, size);
	read_and_write(copy, size);
	free(copy);
	return 0;
}
