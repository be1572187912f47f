/* Bytes of a file of dead rows, hashed again so that what lies under the hash is reached: refused,
 * or rows of the segment that rise. */
#include "fuzz.h"

#include "base/hash.h"
#include "store/dead_rows.h"
#include "store/little_endian.h"

#define SEGMENT_ROWS 200000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	cstn__dead_row *rows = NULL;
	cstn_error *error = NULL;
	uint64_t max_seq;
	size_t n;
	cstn_status status;

	MUST(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	if (size >= 16) {
		cstn__hash128_value hash = cstn__hash128(copy, size - 16);

		cstn__store64(copy + size - 16, hash.low);
		cstn__store64(copy + size - 8, hash.high);
	}
	/* Store and numbers are those that the file says, so that they are no obstacle. */
	status = cstn__dead_rows_read(copy, size, size < 64 ? copy : copy + 16,
			size < 64 ? 0 : cstn__load64(copy + 32),
			size < 64 ? 0 : cstn__load64(copy + 40), SEGMENT_ROWS, NULL, &rows, &n,
			&max_seq, &error);
	fuzz_check_error(status, error);
	if (status == CSTN_OK) {
		for (size_t i = 0; i < n; i++)
			MUST(rows[i].row < SEGMENT_ROWS &&
					(i == 0 || rows[i].row > rows[i - 1].row));
		cstn__free(NULL, rows, n * sizeof(*rows));
	}
	free(copy);
	return 0;
}
