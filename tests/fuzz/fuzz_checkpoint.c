/* Checkpoints: what is read is what is written, but for lines behind the root. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_checkpoint read = CSTN_CHECKPOINT_INIT;
	cstn_buffer *again = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	char *text;

	/* Of its own size, so that a read past the end is seen. */
	text = malloc(size ? size : 1);
	MUST(text != NULL);
	if (size)
		memcpy(text, data, size);
	status = cstn_checkpoint_parse(text, size, &read, &error);
	fuzz_check_error(status, error);
	if (status == CSTN_OK) {
		MUST(read.origin == text);
		MUST(read.origin_len > 0 && read.origin_len < size);
		MUST(read.extension_len <= size);
		MUST((read.extension != NULL) == (read.extension_len > 0));
		error = NULL;
		status = cstn_checkpoint_format(read.origin, read.origin_len, read.size, read.root,
				NULL, &again, &error);
		fuzz_check_error(status, error);
		if (status == CSTN_OK) {
			MUST(cstn_buffer_size(again) + read.extension_len == size);
			MUST(memcmp(cstn_buffer_data(again), text, cstn_buffer_size(again)) == 0);
		} else {
			MUST(status == CSTN_E_INVALID_ARGUMENT);
		}
		cstn_buffer_free(again);
	}
	free(text);
	return 0;
}
