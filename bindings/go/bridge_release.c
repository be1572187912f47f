/* Releases: what Go asks as options, and what comes back. */
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_object.h"

/* Options of a release, with the lists that they refer to; zeros before, to be ended after. */
typedef struct release_options {
	cstn_release_options all;
	const char **names;
	cstn_release_column *columns;
	cstn_aggregate_options cells;
	cstn_noise_options noise;
	cstn_go_lists of_cells, of_noise;
	cstn_go_settle settle;
} release_options;

static cstn_status columns_of(release_options *to, const cstn_go_release_asked *asked)
{
	const cstn_generalise_step *ladder = asked->ladders;

	to->names = cstn_go_list_texts(asked->columns, 2 * asked->n_columns);
	to->columns = calloc(asked->n_columns + 1, sizeof(*to->columns));
	if (to->names == NULL || to->columns == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < asked->n_columns; i++) {
		to->columns[i].column = to->names[2 * i];
		to->columns[i].path = to->names[2 * i + 1];
		to->columns[i].n_steps = asked->n_steps[i];
		if (asked->n_steps[i] > 0) {
			to->columns[i].steps = ladder;
			ladder += asked->n_steps[i];
		}
	}
	to->all.columns = to->columns;
	to->all.n_columns = asked->n_columns;
	return CSTN_OK;
}

static cstn_status forms_of(release_options *to, const cstn_go_release_asked *asked)
{
	const cstn_go_steps *cells = &asked->cells_steps, *noise = &asked->noise_steps;

	if (asked->cells != NULL) {
		if (!cstn_go_cells_options(asked->cells, asked->cells_asked, cells->steps,
				    cells->names, cells->n, &to->of_cells, &to->cells))
			return CSTN_E_NOMEM;
		to->all.aggregate = &to->cells;
	}
	if (asked->noise != NULL) {
		if (!cstn_go_noise_options(asked->noise, asked->noise_asked, noise->steps,
				    noise->names, noise->n, &to->of_noise, &to->noise))
			return CSTN_E_NOMEM;
		to->all.noise = &to->noise;
	}
	return CSTN_OK;
}

static cstn_status options_of(
		release_options *to, const cstn_go_release_asked *asked, cstn_error **error)
{
	cstn_status status = columns_of(to, asked);

	if (status == CSTN_OK)
		status = forms_of(to, asked);
	if (status == CSTN_OK && asked->checkpoint != NULL) {
		status = cstn_go_settle_begin(&to->settle, &asked->settle, error);
		to->all.checkpoint = asked->checkpoint;
		to->all.checkpoint_len = asked->checkpoint_len;
		to->all.settle = &to->settle.policy;
	}
	to->all.time_column = asked->time_column;
	to->all.data_set = asked->data_set;
	to->all.pseudonym_key = asked->pseudonym_key;
	to->all.vocabulary = asked->words;
	return status;
}

void cstn_go_release_open(cstn_network *network, cstn_request *request,
		struct ArrowArrayStream *rows, const cstn_go_release_asked *asked,
		const cstn_allocator *allocator, cstn_release **out, cstn_go_outcome *o)
{
	static const cstn_release_options none = CSTN_RELEASE_OPTIONS_INIT;
	release_options options = {.all = none};
	cstn_error *error = NULL;
	cstn_status status;

	options.all.allocator = allocator;
	status = options_of(&options, asked, &error);
	if (status == CSTN_OK)
		status = cstn_release_open(network, request, rows, &options.all, out, &error);
	cstn_go_finish(o, status, error, NULL);
	free(options.names);
	free(options.columns);
	cstn_go_lists_free(&options.of_cells);
	cstn_go_lists_free(&options.of_noise);
	cstn_go_settle_end(&options.settle);
}

static cstn_status told(
		cstn_decision *decision, cstn_buffer **record, uint8_t *digest, cstn_error **error)
{
	cstn_status status = cstn_decision_digest(decision, digest, error);

	return status == CSTN_OK ? cstn_decision_record(decision, record, error) : status;
}

void cstn_go_release_decision(const cstn_release *release, cstn_decision **out,
		cstn_buffer **record, uint8_t *digest, cstn_go_outcome *o)
{
	cstn_decision *decision = cstn_release_decision(release);

	CSTN_GO_CALL(o, told(decision, record, digest, &error));
	if (o->status == CSTN_OK)
		*out = cstn_decision_ref(decision);
}

void cstn_go_release_id(const cstn_release *release, uint8_t *id)
{
	memcpy(id, cstn_release_id(release), CSTN_DECISION_DIGEST_SIZE);
}

static cstn_status next(cstn_release *release, struct ArrowArrayStream *out, cstn_error **error)
{
	struct ArrowSchema schema = {0};
	struct ArrowArray batch = {0};
	cstn_status status = cstn_release_next(release, &batch, error);

	if (status != CSTN_OK)
		return status;
	status = cstn_release_schema(release, &schema, error);
	if (status != CSTN_OK) {
		batch.release(&batch);
		return status;
	}
	return cstn_arrow_stream_from_array(&schema, &batch, out);
}

void cstn_go_release_next(cstn_release *release, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();

	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	CSTN_GO_CALL(o, next(release, made, &error));
	if (o->status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
}

static cstn_status finish(cstn_release *release, cstn_release_receipt_info *out, cstn_buffer **json,
		cstn_error **error)
{
	cstn_release_receipt *receipt = NULL;
	cstn_status status = cstn_release_finish(release, &receipt, error);

	out->struct_size = sizeof(*out);
	if (status == CSTN_OK)
		status = cstn_release_receipt_get(receipt, out, error);
	if (status == CSTN_OK)
		status = cstn_release_receipt_json(receipt, json, error);
	out->constellation = out->provider = out->recipient = NULL; /* they go with it */
	cstn_release_receipt_free(receipt);
	return status;
}

void cstn_go_release_finish(cstn_release *release, cstn_release_receipt_info *out,
		cstn_buffer **json, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, finish(release, out, json, &error));
}

void cstn_go_release_recover(
		cstn_network *network, int64_t now_us, uint64_t *count, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_release_recover(network, now_us, count, &error));
}

void cstn_go_release_checksum(struct ArrowArrayStream *rows, int32_t kind, const uint8_t *salt,
		uint8_t *out, size_t *size, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_release_checksum(rows, kind, salt, NULL, out, size, &error));
}
