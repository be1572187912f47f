/* Releases that are no rows: made as a whole, with what was told of the data set before.
 *
 * Cells are refused where they differ too little from those that the recipient has, and a question
 * that was answered gets the same noise; so what was told is kept with the network, and committed
 * before the first cell is handed out. Releases that keep something are made one at a time, each
 * with what the one before it left. Cost: that of making the cells, and a durable commit. */
#include "sharing/release.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "network/network_transaction.h"

/* What was told of a data set to a recipient, as it is kept. */
typedef struct told {
	int32_t kind; /* CSTN__STATE_...; 0: nothing is kept */
	char name[2 * 65 + 256];
	size_t name_len;
	cstn_difference_guard *guard;
	cstn_privacy_budget *answers;
} told;

static void put_name(told *at, const char *text, size_t len)
{
	memcpy(at->name + at->name_len, text, len);
	at->name_len += len;
	at->name[at->name_len++] = '\0';
}

static cstn_status told_init(told *at, const cstn_release *release,
		const cstn_release_options *options, cstn_error **error)
{
	size_t len = options->data_set ? strlen(options->data_set) : 0;

	memset(at, 0, sizeof(*at));
	if (release->form == CSTN_LEVEL_AGGREGATED)
		at->kind = CSTN__STATE_DIFFERENCE_GUARD;
	else if (release->form == CSTN_LEVEL_NOISED)
		at->kind = CSTN__STATE_ANSWERS;
	if (!at->kind)
		return CSTN_OK;
	if (len < 1 || len > 255)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"data_set has %zu bytes; 1 to 255", len);
	put_name(at, release->request->provider.text, release->request->provider.len);
	put_name(at, release->request->recipient.text, release->request->recipient.len);
	put_name(at, options->data_set, len);
	return CSTN_OK;
}

static void told_free(told *at)
{
	cstn_difference_guard_free(at->guard);
	cstn_privacy_budget_free(at->answers);
}

/* --- kept with the network -------------------------------------------------------------------- */

static cstn_status load_guard(told *at, const cstn_release *release,
		const cstn_release_options *options, const cstn_buffer *bytes, cstn_error **error)
{
	if (bytes)
		return cstn_difference_guard_deserialize(cstn_buffer_data(bytes),
				cstn_buffer_size(bytes), &release->allocator, &at->guard, error);
	return cstn_difference_guard_new(release->request->recipient.text,
			release->request->recipient.len, options->data_set,
			strlen(options->data_set), &release->allocator, &at->guard, error);
}

/* What is spent is counted by the terms, in their periods; here answers are kept, for ever. */
static cstn_status load_answers(
		told *at, const cstn_release *release, const cstn_buffer *bytes, cstn_error **error)
{
	cstn_privacy_budget_options endless = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;

	if (bytes)
		return cstn_privacy_budget_deserialize(cstn_buffer_data(bytes),
				cstn_buffer_size(bytes), &release->allocator, &at->answers, error);
	endless.limit_nano = INT64_MAX;
	return cstn_privacy_budget_new(&endless, &release->allocator, &at->answers, error);
}

static cstn_status load(told *at, const cstn_release *release, const cstn_release_options *options,
		cstn_transaction *transaction, cstn_error **error)
{
	cstn_buffer *bytes = NULL;
	cstn_status status = cstn__sharing_state_find(transaction, at->kind,
			release->request->constellation.text, at->name, at->name_len, &bytes,
			error);

	if (status == CSTN_OK && at->kind == CSTN__STATE_DIFFERENCE_GUARD)
		status = load_guard(at, release, options, bytes, error);
	else if (status == CSTN_OK)
		status = load_answers(at, release, bytes, error);
	cstn_buffer_free(bytes);
	return status;
}

static cstn_status keep(const told *at, const cstn_release *release, cstn_transaction *transaction,
		cstn_error **error)
{
	cstn_buffer *bytes = NULL;
	cstn_status status = at->guard ? cstn_difference_guard_serialize(at->guard, &bytes, error)
				       : cstn_privacy_budget_serialize(at->answers, &bytes, error);

	if (status == CSTN_OK)
		status = cstn__sharing_state_put(transaction, at->kind,
				release->request->constellation.text, at->name, at->name_len,
				cstn_buffer_data(bytes), cstn_buffer_size(bytes),
				release->request->now_us, error);
	cstn_buffer_free(bytes);
	return status;
}

cstn_status cstn__release_recall_cells(cstn_release *release, const cstn_release_options *options,
		cstn_transaction *transaction, cstn_error **error)
{
	cstn_status status;
	int found;
	told at;

	status = told_init(&at, release, options, error);
	if (status == CSTN_OK)
		status = load(&at, release, options, transaction, error);
	if (status == CSTN_OK)
		status = cstn__release_plan_known(
				release->plan, at.answers, &release->cells, &found, error);
	told_free(&at);
	return status;
}

/* --- the cells -------------------------------------------------------------------------------- */

static cstn_status make(cstn_release *release, told *at, cstn_error **error)
{
	cstn_status status = cstn__release_plan_whole(release->plan, &release->input, at->guard,
			at->answers, &release->cells, &release->nano_epsilon, error);

	memset(&release->input, 0, sizeof(release->input));
	release->held_back = cstn__release_plan_held_back(release->plan);
	return status;
}

static cstn_status make_and_keep(cstn_release *release, const cstn_release_options *options,
		told *at, cstn_error **error)
{
	cstn_transaction *transaction = NULL;
	cstn_status status = cstn_transaction_begin(release->network, &transaction, error);

	if (status == CSTN_OK)
		status = cstn__transaction_begin_base(transaction, error);
	if (status == CSTN_OK)
		status = load(at, release, options, transaction, error);
	if (status == CSTN_OK)
		status = make(release, at, error);
	if (status == CSTN_OK)
		status = keep(at, release, transaction, error);
	if (status == CSTN_OK)
		status = cstn_transaction_commit(transaction, NULL, error);
	cstn_transaction_free(transaction);
	return status;
}

cstn_status cstn__release_make_cells(
		cstn_release *release, const cstn_release_options *options, cstn_error **error)
{
	pthread_mutex_t *telling = &release->network->telling;
	cstn_status status;
	told at;

	status = told_init(&at, release, options, error);
	if (status != CSTN_OK)
		return status;
	if (!at.kind)
		return make(release, &at, error);
	if (pthread_mutex_lock(telling) == EDEADLK)
		return cstn__fail(error, CSTN_E_STATE,
				"the rows of a release come of another release of the network");
	status = make_and_keep(release, options, &at, error);
	pthread_mutex_unlock(telling);
	if (status == CSTN_OK && release->network->commit_level == CSTN_COMMIT_NONE)
		status = cstn_network_sync(release->network, error);
	told_free(&at);
	return status;
}
