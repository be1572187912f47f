/* Events as JSON: any bytes give rows, row errors or an error, and what is written of the rows can
 * be read again to as many rows with nothing more to lose. The first byte chooses the format. */
#include "fuzz.h"

typedef cstn_status read_call(const char *json, size_t len, const cstn_event_json_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out_events,
		cstn_row_errors **bad_rows, cstn_error **error);
typedef cstn_status write_call(struct ArrowArrayStream *events,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error);

static int read_events(read_call *call, const char *json, size_t len,
		const cstn_event_json_options *options, struct ArrowArrayStream *out, int *left_out)
{
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = call(json, len, options, NULL, out, &bad, &error);

	fuzz_check_error(status, error);
	MUST((bad != NULL) == (status == CSTN_E_ROWS));
	MUST((out->release != NULL) == (status == CSTN_OK || status == CSTN_E_ROWS));
	*left_out = bad != NULL;
	cstn_row_errors_free(bad);
	return out->release != NULL;
}

static void write_events(read_call *read, write_call *write, struct ArrowArrayStream *events,
		const cstn_event_json_options *options, int same_format, int left_out)
{
	struct ArrowArrayStream again;
	cstn_row_errors *report = NULL;
	cstn_buffer *json = NULL;
	cstn_error *error = NULL;
	cstn_status status = write(events, options, NULL, &json, &report, &error);

	memset(&again, 0, sizeof(again));
	fuzz_check_error(status, error);
	MUST(events->release == NULL);
	MUST(status == CSTN_OK); /* rows that were read are good rows */
	/* An event may stand in for one that was left out: then it has nowhere to say so. */
	MUST(!same_format || left_out || report == NULL);
	MUST(read_events(read, (const char *)cstn_buffer_data(json), cstn_buffer_size(json),
			options, &again, &left_out));
	MUST(fuzz_drain(&again) >= 0);
	cstn_row_errors_free(report);
	cstn_buffer_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	struct ArrowArrayStream events;
	const char *json;
	uint8_t way;
	int from_dcsa, to_dcsa, left_out;

	if (size == 0)
		return 0;
	way = data[0];
	json = (const char *)data + 1;
	from_dcsa = way & 1;
	to_dcsa = ((way >> 1) ^ way) & 1;
	if (way & 4)
		options.id_prefix = "https://id.example.com/";
	if (way & 8)
		options.flags = CSTN_EVENT_JSON_INDENT;
	memset(&events, 0, sizeof(events));
	if (!read_events(from_dcsa ? cstn_dcsa_read : cstn_epcis_read, json, size - 1, &options,
			    &events, &left_out))
		return 0;
	write_events(to_dcsa ? cstn_dcsa_read : cstn_epcis_read,
			to_dcsa ? cstn_dcsa_write : cstn_epcis_write, &events, &options,
			from_dcsa == to_dcsa, left_out);
	return 0;
}
