/* The canonical key of a row, and its hash. Two rows have the same key exactly when the bytes are
 * the same: numbers have a fixed size, and a text is preceded by its length, so that no two lists
 * of columns run together. The hash is of XXH3-64 (Collet), seeded by the store, so that a host
 * cannot be fed keys that collide in every store. */
#include "base/hash.h"
#include "store/little_endian.h"
#include "store/segment.h"

void cstn__key_put(const cstn__values *key_columns, size_t n, uint64_t row, cstn__bytes *out)
{
	for (size_t i = 0; i < n; i++) {
		const cstn__values *values = &key_columns[i];

		if (values->numbers && !values->dictionary) {
			cstn__bytes_put_u64(out, (uint64_t)values->numbers[row]);
		} else {
			size_t len;
			const uint8_t *text = cstn__values_text(values, row, &len);

			cstn__bytes_put_u32(out, (uint32_t)len);
			cstn__bytes_put(out, text, len);
		}
	}
}

uint64_t cstn__key_hash(const uint8_t uuid[16], const uint8_t *key, size_t len)
{
	return cstn__hash64(cstn__load64(uuid), key, len);
}
