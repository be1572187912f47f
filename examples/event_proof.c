/* A shipper names an event so that every system finds it, commits to it, and shows a carrier where
 * and when, but not what was in the pallet. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

static const char event[] =
		"{\"@context\":{\"shop\":\"https://ns.example.com/\"},\"type\":\"ObjectEvent\","
		"\"eventTime\":\"2024-04-30T10:00:00+02:00\",\"eventTimeZoneOffset\":\"+02:00\","
		"\"action\":\"OBSERVE\",\"bizStep\":\"shipping\","
		"\"epcList\":[\"urn:epc:id:sscc:4012345.0000000001\"],"
		"\"readPoint\":{\"id\":\"https://example.com/gln/4012345000054\"},"
		"\"shop:contents\":\"200 x 4711 at 12.40\"}";

static const char *text(const cstn_buffer *buffer)
{
	return (const char *)cstn_buffer_data(buffer);
}

/* Bytes that count up, so that the example prints the same every time; leave the callback out for
 * random bytes. */
static cstn_status counting(void *user, uint8_t *out, size_t size)
{
	uint8_t *next = user;
	size_t i;

	for (i = 0; i < size; i++)
		out[i] = (*next)++;
	return CSTN_OK;
}

/* A column of text of the only batch of a table. */
static void print_column(const struct ArrowArray *batch, int64_t column, int64_t row)
{
	const struct ArrowArray *array = batch->children[column];
	const int32_t *ends = array->buffers[1];

	printf("%.*s", (int)(ends[row + 1] - ends[row]),
			(const char *)array->buffers[2] + ends[row]);
}

static cstn_status name_it(cstn_error **error)
{
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	cstn_status status;

	/* [hash] */
	status = cstn_epcis_hash(event, strlen(event), NULL, NULL, &rows, NULL, error);
	/* [hash] */
	if (status != CSTN_OK)
		return status;
	if (rows.get_next(&rows, &batch) == 0 && batch.release) {
		print_column(&batch, 1, 0);
		printf("\n");
		batch.release(&batch);
	}
	rows.release(&rows);
	return CSTN_OK;
}

/* The carrier has the root from the shipper's log and the part. */
static cstn_status verify(const cstn_buffer *part, const uint8_t *root, cstn_error **error)
{
	struct ArrowArrayStream rows;
	struct ArrowArray batch;
	int64_t i;
	cstn_status status;

	/* [verify] */
	status = cstn_event_verify(text(part), cstn_buffer_size(part), root, NULL, &rows, error);
	/* [verify] */
	if (status != CSTN_OK)
		return status;
	if (rows.get_next(&rows, &batch) == 0 && batch.release) {
		for (i = 0; i < batch.length; i++) {
			print_column(&batch, 1, i);
			printf(": ");
			print_column(&batch, 2, i);
			printf("\n");
		}
		batch.release(&batch);
	}
	rows.release(&rows);
	return CSTN_OK;
}

static cstn_status show_a_part(cstn_error **error)
{
	cstn_buffer *record = NULL, *part = NULL;
	uint8_t first = 0;
	cstn_status status;
	/* [commit] */
	static const char *const shown[] = {"eventTime", "readPoint", "bizStep"};
	cstn_event_commit_options options = CSTN_EVENT_COMMIT_OPTIONS_INIT;
	uint8_t root[CSTN_EVENT_ROOT_SIZE]; /* for the log */

	options.entropy = counting;
	options.entropy_user = &first;
	status = cstn_epcis_commit(event, strlen(event), 0, &options, NULL, &record, root, error);
	if (status == CSTN_OK)
		status = cstn_event_redact(text(record), cstn_buffer_size(record), shown, 3, NULL,
				&part, error);
	/* [commit] */
	if (status == CSTN_OK)
		status = verify(part, root, error);
	if (status == CSTN_OK) {
		root[0] ^= 1;
		status = verify(part, root, error);
		printf("against another root: %s\n", cstn_error_message(*error));
		cstn_error_free(*error);
		*error = NULL;
		status = status == CSTN_E_PROOF ? CSTN_OK : CSTN_E_PROOF;
	}
	cstn_buffer_free(record);
	cstn_buffer_free(part);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = name_it(&error);

	if (status == CSTN_OK)
		status = show_a_part(&error);
	if (status == CSTN_OK)
		return 0;
	fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	return 1;
}
