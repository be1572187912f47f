/* Event hashes, links and records of events: any bytes give a result or an error. The first byte
 * chooses; what is committed can be redacted, and the part leads to the same root. */
#include "fuzz.h"

static void hash(const char *json, size_t len)
{
	cstn_epcis_hash_options options = CSTN_EPCIS_HASH_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	memset(&rows, 0, sizeof(rows));
	options.flags = CSTN_EPCIS_HASH_STRING;
	status = cstn_epcis_hash(json, len, &options, NULL, &rows, &bad, &error);
	fuzz_check_error(status, error);
	MUST((rows.release != NULL) == (status == CSTN_OK || status == CSTN_E_ROWS));
	MUST((bad != NULL) == (status == CSTN_E_ROWS));
	if (rows.release)
		MUST(fuzz_drain(&rows) >= 0);
	cstn_row_errors_free(bad);
}

/* A canonical link is one again, and the same. */
static void canonical(const char *uri, size_t len)
{
	cstn_buffer *link = NULL, *again = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_gs1_uri_canonical(uri, len, NULL, &link, &error);

	fuzz_check_error(status, error);
	MUST(status == CSTN_OK || status == CSTN_E_NOT_FOUND);
	if (status != CSTN_OK)
		return;
	status = cstn_gs1_uri_canonical((const char *)cstn_buffer_data(link),
			cstn_buffer_size(link), NULL, &again, NULL);
	/* Escapes of an EPC URI are no part of a link that CBV's reference reads. */
	MUST(status == CSTN_OK || memchr(cstn_buffer_data(link), '%', cstn_buffer_size(link)));
	if (status == CSTN_OK)
		MUST(cstn_buffer_size(link) == cstn_buffer_size(again) &&
				memcmp(cstn_buffer_data(link), cstn_buffer_data(again),
						cstn_buffer_size(link)) == 0);
	cstn_buffer_free(link);
	cstn_buffer_free(again);
}

static void redact(const char *record, size_t len, const uint8_t *root)
{
	static const char *const path = "eventTime";
	cstn_buffer *part = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_event_redact(record, len, &path, 1, NULL, &part, &error);

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	status = cstn_event_verify((const char *)cstn_buffer_data(part), cstn_buffer_size(part),
			root, NULL, NULL, &error);
	fuzz_check_error(status, error);
	MUST(status == cstn_event_verify(record, len, root, NULL, NULL, NULL));
	cstn_buffer_free(part);
}

static void commit(const char *json, size_t len)
{
	uint8_t root[CSTN_EVENT_ROOT_SIZE];
	cstn_buffer *record = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_epcis_commit(json, len, 0, NULL, NULL, &record, root, &error);

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	redact((const char *)cstn_buffer_data(record), cstn_buffer_size(record), root);
	cstn_buffer_free(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t root[CSTN_EVENT_ROOT_SIZE] = {0};
	const char *text = (const char *)data + 1;

	if (size == 0)
		return 0;
	switch (data[0] % 4) {
	case 0:
		hash(text, size - 1);
		break;
	case 1:
		canonical(text, size - 1);
		break;
	case 2:
		commit(text, size - 1);
		break;
	default:
		redact(text, size - 1, root);
	}
	return 0;
}
