/* Releases that are open: batch by batch, counted before they are handed over.
 *
 * A batch of the input is transformed by the plan; its rows must fit what was reserved, else the
 * stream ends and nothing of the batch leaves. What ended a release is told again by each call
 * after. Cells are there already when the release is. Cost: that of the plan, and a checksum. */
#include "sharing/release.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "table/column.h"
#include "table/export.h"

/* --- the end ---------------------------------------------------------------------------------- */

static void stop_input(cstn_release *release)
{
	if (release->input.release)
		release->input.release(&release->input);
	if (release->cells.release)
		release->cells.release(&release->cells);
	memset(&release->input, 0, sizeof(release->input));
	memset(&release->cells, 0, sizeof(release->cells));
}

/* Nothing more leaves; what `told` says is said again by the calls that follow. */
static cstn_status end(
		cstn_release *release, cstn_status status, cstn_error *told, cstn_error **error)
{
	stop_input(release);
	release->ended = status;
	if (told) {
		const char *words = cstn_error_message(told);

		release->why_len = strlen(words) + 1;
		release->why = cstn__alloc(&release->allocator, release->why_len);
		if (release->why)
			memcpy(release->why, words, release->why_len);
	}
	return cstn__error_give(error, told, status);
}

static cstn_status say_again(const cstn_release *release, cstn_error **error)
{
	if (release->ended == CSTN_DONE)
		return CSTN_DONE;
	return cstn__fail(error, release->ended, "%s",
			release->why ? release->why : "the release has ended");
}

/* --- the checksum ----------------------------------------------------------------------------- */

/* Does a term that grants ask for a checksum that proves what the content was? */
static int is_to_prove(const cstn_decision *decision)
{
	size_t i;

	for (i = 0; i < decision->n; i++) {
		uint32_t rule = decision->fields[i].rule;

		if (rule != UINT32_MAX && decision->rules->rules.items[rule].view->flags &
							  CSTN_TERM_PROOF_OF_CONTENT)
			return 1;
	}
	return 0;
}

cstn_status cstn__release_sum_begin(cstn_release *release, cstn_error **error)
{
	struct ArrowSchema schema;
	cstn_status status = cstn__release_plan_schema(release->plan, &schema, error);

	if (status != CSTN_OK)
		return status;
	release->checksum_kind = is_to_prove(release->decision) ? CSTN_CHECKSUM_SHA256
								: CSTN_CHECKSUM_XXH3_128;
	status = cstn__release_checksum_new(&schema, release->checksum_kind, release->salt,
			&release->allocator, &release->checksum, error);
	schema.release(&schema);
	return status;
}

/* --- batches ---------------------------------------------------------------------------------- */

static cstn_status next_rows(cstn_release *release, struct ArrowArray *out, cstn_error **error)
{
	for (;;) {
		struct ArrowArray in;
		uint64_t held = 0;
		cstn_status status = cstn__stream_next(&release->input, &in, error);

		if (status != CSTN_OK)
			return status;
		status = cstn__release_plan_batch(release->plan, &in, out, &held, error);
		if (status != CSTN_OK)
			return status;
		release->held_back += held;
		if (out->length > 0)
			return CSTN_OK;
		out->release(out);
	}
}

static cstn_status next_batch(cstn_release *release, struct ArrowArray *out, cstn_error **error)
{
	if (release->form < CSTN_LEVEL_AGGREGATED)
		return next_rows(release, out, error);
	return cstn__stream_next(&release->cells, out, error);
}

/* Charges the rows to what was reserved. */
static cstn_status count(cstn_release *release, const struct ArrowArray *batch, cstn_error **error)
{
	uint64_t n = (uint64_t)batch->length, left = release->reserved - release->rows;
	cstn_status status;

	if (release->reserved != UINT64_MAX && n > left)
		return cstn__fail(error, CSTN_E_BUDGET,
				"a batch of %" PRIu64 " rows, %" PRIu64 " are left", n, left);
	status = cstn__release_checksum_add(release->checksum, batch, error);
	if (status != CSTN_OK) {
		cstn__release_checksum_free(release->checksum);
		release->checksum = NULL;
		return status;
	}
	release->rows += n;
	release->batches++;
	return CSTN_OK;
}

static cstn_status check(const cstn_release *release, const void *out, cstn_error **error)
{
	if (!release || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				release ? "out" : "release");
	return CSTN_OK;
}

cstn_status cstn_release_next(cstn_release *release, struct ArrowArray *out, cstn_error **error)
{
	struct ArrowArray batch;
	cstn_error *told = NULL;
	cstn_status status = check(release, out, error);

	if (status != CSTN_OK)
		return status;
	if (release->closed)
		return cstn__fail(error, CSTN_E_STATE, "the release is finished");
	if (release->ended != CSTN_OK)
		return say_again(release, error);
	status = next_batch(release, &batch, &told);
	if (status != CSTN_OK)
		return end(release, status, told, error);
	status = count(release, &batch, &told);
	if (status != CSTN_OK) {
		batch.release(&batch);
		return end(release, status, told, error);
	}
	*out = batch;
	return CSTN_OK;
}

/* --- as a stream ------------------------------------------------------------------------------ */

typedef struct as_stream {
	cstn_allocator allocator;
	cstn_release *release; /* borrowed */
	cstn_error *error;     /* of the last call; NULL: it did not fail */
} as_stream;

static int stream_status(cstn_status status)
{
	return status == CSTN_OK || status == CSTN_DONE ? 0 : cstn__stream_errno(status);
}

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	as_stream *at = stream->private_data;

	cstn_error_free(at->error);
	at->error = NULL;
	return stream_status(cstn_release_schema(at->release, out, &at->error));
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	as_stream *at = stream->private_data;

	cstn_error_free(at->error);
	at->error = NULL;
	memset(out, 0, sizeof(*out));
	return stream_status(cstn_release_next(at->release, out, &at->error));
}

static const char *stream_error(struct ArrowArrayStream *stream)
{
	const as_stream *at = stream->private_data;

	return at->error ? cstn_error_message(at->error) : NULL;
}

static void stream_release(struct ArrowArrayStream *stream)
{
	as_stream *at = stream->private_data;
	cstn_allocator memory = at->allocator;

	cstn_error_free(at->error);
	cstn__free(&memory, at, sizeof(*at));
	stream->release = NULL;
}

cstn_status cstn_release_stream(
		cstn_release *release, struct ArrowArrayStream *out, cstn_error **error)
{
	as_stream *at;
	cstn_status status = check(release, out, error);

	if (status != CSTN_OK)
		return status;
	at = cstn__alloc_zero(&release->allocator, sizeof(*at));
	if (!at)
		return cstn__fail_nomem(error);
	at->allocator = release->allocator;
	at->release = release;
	*out = (struct ArrowArrayStream){
			stream_schema, stream_next, stream_error, stream_release, at};
	return CSTN_OK;
}

/* --- what it is ------------------------------------------------------------------------------- */

cstn_decision *cstn_release_decision(const cstn_release *release)
{
	return release ? release->decision : NULL;
}

const uint8_t *cstn_release_id(const cstn_release *release)
{
	return release ? release->id : NULL;
}

cstn_status cstn_release_schema(
		const cstn_release *release, struct ArrowSchema *out, cstn_error **error)
{
	cstn_status status = check(release, out, error);

	return status == CSTN_OK ? cstn__release_plan_schema(release->plan, out, error) : status;
}

cstn_status cstn_release_finish(
		cstn_release *release, cstn_release_receipt **out, cstn_error **error)
{
	cstn_status status;

	if (!release)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "release is NULL");
	stop_input(release);
	status = cstn__release_close(release, error);
	if (status == CSTN_OK && out)
		status = cstn__release_receipt_new(release, out, error);
	return status;
}

void cstn_release_free(cstn_release *release)
{
	cstn_allocator memory;

	if (!release)
		return;
	memory = release->allocator;
	stop_input(release);
	if (release->opened_index != UINT64_MAX)
		(void)!cstn__release_close(release, NULL);
	if (release->input_schema.release)
		release->input_schema.release(&release->input_schema);
	cstn__release_plan_free(release->plan);
	cstn__release_checksum_free(release->checksum);
	cstn_decision_unref(release->decision);
	cstn_request_unref(release->request);
	cstn_network_unref(release->network);
	cstn__array_free(&memory, &release->charges);
	cstn__free(&memory, release->why, release->why_len);
	cstn__wipe(release->salt, sizeof(release->salt));
	cstn__free(&memory, release, sizeof(*release));
}
