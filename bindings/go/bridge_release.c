/* Releases. What the library borrows until a release is freed lives in memory that goes with it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"
#include "bridge_object.h"

typedef struct kept {
	struct kept *next;
	max_align_t bytes[];
} kept;

struct cstn_go_release {
	cstn_release *release;
	cstn_vocabulary *words;
	kept *all;
	int failed; /* memory was not there */
	cstn_release_options options;
	cstn_aggregate_options cells;
	cstn_noise_options noise;
	cstn_settle_policy settle;
	cstn_party_keys *book;
};

/* Memory of zeros that goes with the release; NULL without, which is remembered. */
static void *keep(cstn_go_release *r, size_t size)
{
	kept *made = calloc(1, sizeof(*made) + size);

	if (made == NULL) {
		r->failed = 1;
		return NULL;
	}
	made->next = r->all;
	r->all = made;
	return made->bytes;
}

static char *keep_bytes(cstn_go_release *r, const void *bytes, size_t size)
{
	char *made = bytes != NULL ? keep(r, size) : NULL;

	if (made != NULL)
		memcpy(made, bytes, size);
	return made;
}

static const char *keep_text(cstn_go_release *r, const char *text)
{
	return text != NULL ? keep_bytes(r, text, strlen(text) + 1) : NULL;
}

/* The n texts of a block as a list. */
static const char **keep_list(cstn_go_release *r, const char *block, size_t n)
{
	const char **list = keep(r, (n + 1) * sizeof(*list));

	for (size_t i = 0; list != NULL && i < n; i++) {
		list[i] = keep_text(r, block);
		block += strlen(block) + 1;
	}
	return list;
}

static cstn_generalise_step *keep_steps(cstn_go_release *r, const cstn_generalise_step *steps,
		const char *columns, size_t n)
{
	const char **names = keep_list(r, columns, n);
	cstn_generalise_step *made = keep(r, (n + 1) * sizeof(*made));

	for (size_t i = 0; made != NULL && names != NULL && i < n; i++) {
		made[i] = steps[i];
		made[i].column = names[i];
	}
	return made;
}

/* --- what is asked ---------------------------------------------------------------------------- */

static void keep_columns(cstn_go_release *r, const cstn_go_release_asked *asked)
{
	const char **names = keep_list(r, asked->columns, 2 * asked->n_columns);
	cstn_release_column *columns = keep(r, (asked->n_columns + 1) * sizeof(*columns));
	size_t at = 0;

	for (size_t i = 0; columns != NULL && names != NULL && i < asked->n_columns; i++) {
		columns[i].column = names[2 * i];
		columns[i].path = names[2 * i + 1];
		columns[i].n_steps = asked->n_steps[i];
		columns[i].steps = (const cstn_generalise_step *)keep_bytes(r,
				asked->ladders != NULL ? asked->ladders + at : NULL,
				asked->n_steps[i] * sizeof(*asked->ladders));
		at += asked->n_steps[i];
	}
	r->options.columns = columns;
	r->options.n_columns = asked->n_columns;
}

static void keep_cells(cstn_go_release *r, const cstn_go_release_asked *asked)
{
	const cstn_go_cells_asked *of = asked->cells_asked;
	cstn_aggregate_measure *measures;
	const char **names;

	if (asked->cells == NULL)
		return;
	r->cells = *asked->cells;
	r->cells.by = keep_list(r, of->by, r->cells.n_by);
	names = keep_list(r, of->measures, r->cells.n_measures);
	measures = keep(r, (r->cells.n_measures + 1) * sizeof(*measures));
	for (size_t i = 0; measures != NULL && names != NULL && i < r->cells.n_measures; i++) {
		measures[i].column = names[i];
		measures[i].kind = of->kinds[i];
	}
	r->cells.measures = measures;
	r->cells.company = keep_text(r, of->company);
	r->cells.sensitive = keep_text(r, of->sensitive);
	r->cells.row = keep_text(r, of->row);
	r->cells.recipient = keep_text(r, of->recipient);
	r->cells.recipient_len = of->recipient != NULL ? strlen(of->recipient) : 0;
	r->cells.steps = keep_steps(
			r, asked->cells_steps, asked->cells_columns, asked->n_cells_steps);
	r->cells.n_steps = asked->n_cells_steps;
	r->options.aggregate = &r->cells;
}

static void keep_noise(cstn_go_release *r, const cstn_go_release_asked *asked)
{
	const cstn_go_noise_asked *of = asked->noise_asked;

	if (asked->noise == NULL)
		return;
	r->noise = *asked->noise;
	r->noise.recipient = keep_text(r, of->recipient);
	r->noise.recipient_len = of->recipient != NULL ? strlen(of->recipient) : 0;
	r->noise.data_set = keep_text(r, of->data_set);
	r->noise.data_set_len = of->data_set != NULL ? strlen(of->data_set) : 0;
	r->noise.subject = keep_text(r, of->subject);
	r->noise.measure = keep_text(r, of->measure);
	r->noise.partition = keep_text(r, of->partition);
	if (r->noise.n_partitions > 0)
		r->noise.partitions = keep_list(r, of->partitions, r->noise.n_partitions);
	r->noise.steps = keep_steps(
			r, asked->noise_steps, asked->noise_columns, asked->n_noise_steps);
	r->noise.n_steps = asked->n_noise_steps;
	r->options.noise = &r->noise;
}

/* The checkpoint, and the book of its witnesses. */
static cstn_status keep_checkpoint(
		cstn_go_release *r, const cstn_go_release_asked *asked, cstn_error **error)
{
	const char **parties, **verifiers;
	cstn_status status;

	if (asked->checkpoint == NULL)
		return CSTN_OK;
	r->options.checkpoint = keep_bytes(r, asked->checkpoint, asked->checkpoint_len);
	r->options.checkpoint_len = asked->checkpoint_len;
	parties = keep_list(r, asked->parties, asked->n_keys);
	verifiers = keep_list(r, asked->verifiers, asked->n_keys);
	r->settle.parties = keep_list(r, asked->witnesses, asked->n_witnesses);
	r->settle.n_parties = asked->n_witnesses;
	r->settle.least = asked->least;
	r->settle.max_age_us = asked->max_age_us;
	r->settle.ahead_us = asked->ahead_us;
	if (r->failed)
		return CSTN_E_NOMEM;
	status = cstn_go_witness_book(parties, verifiers, asked->from_us, asked->until_us,
			asked->n_keys, &r->book, error);
	r->settle.keys = r->book;
	r->options.settle = &r->settle;
	return status;
}

static cstn_status keep_all(
		cstn_go_release *r, const cstn_go_release_asked *asked, cstn_error **error)
{
	keep_columns(r, asked);
	r->options.time_column = keep_text(r, asked->time_column);
	r->options.data_set = keep_text(r, asked->data_set);
	r->options.pseudonym_key = (const uint8_t *)keep_bytes(r, asked->pseudonym_key, 32);
	if (asked->words != NULL)
		r->words = cstn_vocabulary_ref(asked->words);
	r->options.vocabulary = r->words;
	keep_cells(r, asked);
	keep_noise(r, asked);
	return r->failed ? CSTN_E_NOMEM : keep_checkpoint(r, asked, error);
}

/* --- releases --------------------------------------------------------------------------------- */

void cstn_go_release_open(cstn_network *network, cstn_request *request,
		struct ArrowArrayStream *rows, const cstn_go_release_asked *asked,
		const cstn_allocator *allocator, cstn_go_release **out, cstn_go_outcome *o)
{
	static const cstn_settle_policy no_policy = CSTN_SETTLE_POLICY_INIT;
	static const cstn_release_options no_options = CSTN_RELEASE_OPTIONS_INIT;
	cstn_go_release *r = calloc(1, sizeof(*r));
	cstn_error *error = NULL;
	cstn_status status;

	if (r == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a release");
		return;
	}
	r->options = no_options;
	r->settle = no_policy;
	r->options.allocator = allocator;
	status = keep_all(r, asked, &error);
	if (status == CSTN_OK)
		status = cstn_release_open(
				network, request, rows, &r->options, &r->release, &error);
	cstn_go_finish(o, status, error, NULL);
	if (status == CSTN_OK)
		*out = r;
	else
		cstn_go_release_free(r);
}

void cstn_go_release_free(cstn_go_release *r)
{
	if (r == NULL)
		return;
	cstn_release_free(r->release);
	cstn_party_keys_free(r->book);
	cstn_vocabulary_unref(r->words);
	while (r->all != NULL) {
		kept *next = r->all->next;

		free(r->all);
		r->all = next;
	}
	free(r);
}

static cstn_status told(
		cstn_decision *decision, cstn_buffer **record, uint8_t *digest, cstn_error **error)
{
	cstn_status status = cstn_decision_digest(decision, digest, error);

	return status == CSTN_OK ? cstn_decision_record(decision, record, error) : status;
}

void cstn_go_release_decision(const cstn_go_release *r, cstn_decision **out, cstn_buffer **record,
		uint8_t *digest, cstn_go_outcome *o)
{
	cstn_decision *decision = cstn_release_decision(r->release);

	CSTN_GO_CALL(o, told(decision, record, digest, &error));
	if (o->status == CSTN_OK)
		*out = cstn_decision_ref(decision);
}

void cstn_go_release_id(const cstn_go_release *r, uint8_t *id)
{
	memcpy(id, cstn_release_id(r->release), CSTN_DECISION_DIGEST_SIZE);
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

void cstn_go_release_next(cstn_go_release *r, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();

	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	CSTN_GO_CALL(o, next(r->release, made, &error));
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

void cstn_go_release_finish(cstn_go_release *r, cstn_release_receipt_info *out, cstn_buffer **json,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, finish(r->release, out, json, &error));
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
