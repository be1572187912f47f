#ifndef FUZZ_SEALED_H
#define FUZZ_SEALED_H

#include "fuzz.h"
#include "sealed_kinds.h"

/* What must hold of bytes of a state or model, whichever it is. */

/* What the bytes are, or NULL if they are refused. */
static inline void *fuzz_read(const sealed_kind *kind, const uint8_t *data, size_t size)
{
	void *self = NULL;
	cstn_error *error = NULL;
	cstn_status status = kind->read(data, size, NULL, &self, &error);

	fuzz_check_error(status, error);
	MUST((self != NULL) == (status == CSTN_OK));
	return self;
}

static inline cstn_buffer *fuzz_write(const sealed_kind *kind, const void *self)
{
	cstn_buffer *bytes = NULL;

	MUST(kind->write(self, &bytes, NULL) == CSTN_OK);
	return bytes;
}

/* What the bytes of `self` read back to: it must be there, and have the same bytes. */
static inline void *fuzz_read_back(const sealed_kind *kind, const void *self)
{
	cstn_buffer *first = fuzz_write(kind, self), *second;
	void *again = fuzz_read(kind, cstn_buffer_data(first), cstn_buffer_size(first));

	MUST(again != NULL);
	second = fuzz_write(kind, again);
	MUST(cstn_buffer_size(first) == cstn_buffer_size(second));
	MUST(memcmp(cstn_buffer_data(first), cstn_buffer_data(second), cstn_buffer_size(first)) ==
			0);
	cstn_buffer_free(second);
	cstn_buffer_free(first);
	return again;
}

/* A table of `self` by its number. */
typedef cstn_status fuzz_export(
		void *self, int32_t table, struct ArrowArrayStream *out, cstn_error **error);
static inline void fuzz_table(fuzz_export *export, void *self, int32_t table)
{
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;

	memset(&rows, 0, sizeof(rows));
	status = export(self, table, &rows, &error);
	fuzz_check_table(status, &rows, error);
}

#endif
