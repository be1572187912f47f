/* What recipients have learned of data sets, in nano-epsilon a period, and the answers they got.
 *
 * Epsilons of one recipient, data set and period add up (sequential composition, Dwork et al.,
 * 2006). An answer that was given is kept, so that asking again gives the same and costs nothing.
 * Look-ups walk the lists: accounts are few. */
#include <string.h>

#include "base/civil.h"
#include "base/envelope.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/text.h"
#include "sharing/noise.h"
#include "table/table_fields.h"

#define NAME_MOST 255
#define CELLS_MOST ((uint32_t)1 << 20)

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "privacy budget", CSTN__KIND_PRIVACY_BUDGET, 1};

/* --- a budget --------------------------------------------------------------------------------- */

cstn_status cstn_privacy_budget_new(const cstn_privacy_budget_options *options,
		const cstn_allocator *allocator, cstn_privacy_budget **out, cstn_error **error)
{
	cstn_privacy_budget_options read;
	cstn_privacy_budget *budget;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(options, sizeof(read), sizeof(read), 0,
			"cstn_privacy_budget_options", &read, error);
	if (status == CSTN_OK && (read.limit_nano <= 0 || read.period_us < 0))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"limit_nano is %lld, period_us is %lld: a limit above 0 and a "
				"period of 0 or more expected",
				(long long)read.limit_nano, (long long)read.period_us);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*budget), &memory, &budget, error);
	if (status != CSTN_OK)
		return status;
	budget->allocator = memory;
	cstn__arena_init(&budget->names, &memory);
	budget->limit_nano = read.limit_nano;
	budget->period_us = read.period_us;
	*out = budget;
	return CSTN_OK;
}

void cstn_privacy_budget_free(cstn_privacy_budget *budget)
{
	cstn_allocator allocator;
	size_t i;

	if (!budget)
		return;
	allocator = budget->allocator;
	for (i = 0; i < budget->answers.count; i++)
		cstn__free(&allocator, budget->answers.items[i].units,
				cstn__array_size(budget->answers.items[i].n, sizeof(int64_t)));
	cstn__array_free(&allocator, &budget->answers);
	cstn__array_free(&allocator, &budget->accounts);
	cstn__arena_free(&budget->names);
	cstn__free(&allocator, budget, sizeof(*budget));
}

int64_t cstn__budget_period(const cstn_privacy_budget *budget, int64_t now_us)
{
	return budget->period_us ? cstn__floor_div(now_us, budget->period_us) : 0;
}

static int same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

uint32_t cstn__budget_account(const cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t period)
{
	size_t i;

	for (i = 0; i < budget->accounts.count; i++) {
		const cstn__noise_account *a = &budget->accounts.items[i];

		if (a->period == period &&
				same(a->recipient, a->recipient_len, recipient, recipient_len) &&
				same(a->data_set, a->data_set_len, data_set, data_set_len))
			return (uint32_t)i;
	}
	return UINT32_MAX;
}

cstn_status cstn__budget_open_account(cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t period,
		uint32_t *out, cstn_error **error)
{
	cstn__noise_account account = {
			.recipient = cstn__arena_copy(&budget->names, recipient, recipient_len),
			.data_set = cstn__arena_copy(&budget->names, data_set, data_set_len),
			.recipient_len = recipient_len,
			.data_set_len = data_set_len,
			.period = period};

	if (!account.recipient || !account.data_set ||
			cstn__array_reserve(&budget->allocator, &budget->accounts, 1))
		return cstn__fail_nomem(error);
	*out = (uint32_t)budget->accounts.count;
	budget->accounts.items[budget->accounts.count++] = account;
	return CSTN_OK;
}

const cstn__noise_answer *cstn__budget_find(const cstn_privacy_budget *budget,
		const uint8_t digest[CSTN__QUERY_DIGEST], uint32_t account)
{
	size_t i;

	for (i = 0; account != UINT32_MAX && i < budget->answers.count; i++)
		if (budget->answers.items[i].account == account &&
				memcmp(budget->answers.items[i].digest, digest,
						CSTN__QUERY_DIGEST) == 0)
			return &budget->answers.items[i];
	return NULL;
}

cstn_status cstn__budget_allows(const cstn_privacy_budget *budget, uint32_t account,
		int64_t epsilon_nano, cstn_error **error)
{
	int64_t spent = account == UINT32_MAX ? 0 : budget->accounts.items[account].spent_nano;

	if (epsilon_nano <= budget->limit_nano - spent)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_BUDGET,
			"%lld nano-epsilon asked for, %lld of %lld left in this period",
			(long long)epsilon_nano, (long long)(budget->limit_nano - spent),
			(long long)budget->limit_nano);
}

cstn_status cstn_privacy_budget_spent(const cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t now_us,
		int64_t *spent_nano, int64_t *limit_nano, cstn_error **error)
{
	uint32_t account;

	if (!budget || !recipient || !recipient_len || !data_set || !data_set_len)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"budget, recipient and data set must be there");
	account = cstn__budget_account(budget, recipient, recipient_len, data_set, data_set_len,
			cstn__budget_period(budget, now_us));
	if (spent_nano)
		*spent_nano = account == UINT32_MAX ? 0
						    : budget->accounts.items[account].spent_nano;
	if (limit_nano)
		*limit_nano = budget->limit_nano;
	return CSTN_OK;
}

/* --- as a table ------------------------------------------------------------------------------- */

static int text_order(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int account_order(const void *left, const void *right, void *context)
{
	const cstn_privacy_budget *budget = context;
	const cstn__noise_account *a = &budget->accounts.items[*(const uint32_t *)left];
	const cstn__noise_account *b = &budget->accounts.items[*(const uint32_t *)right];
	int order = text_order(a->recipient, a->recipient_len, b->recipient, b->recipient_len);

	if (!order)
		order = text_order(a->data_set, a->data_set_len, b->data_set, b->data_set_len);
	return order ? order : (a->period > b->period) - (a->period < b->period);
}

/* Accounts by recipient, data set and period, to be freed with count * 4 bytes. */
static uint32_t *in_order(const cstn_privacy_budget *budget, size_t *size)
{
	uint32_t *order;
	size_t i;

	*size = cstn__array_size(budget->accounts.count, sizeof(*order));
	order = cstn__alloc(&budget->allocator, *size);
	for (i = 0; order && i < budget->accounts.count; i++)
		order[i] = (uint32_t)i;
	if (order)
		cstn__sort(order, budget->accounts.count, sizeof(*order), account_order,
				(void *)(uintptr_t)budget);
	return order;
}

static void put_account(const cstn_privacy_budget *budget, const cstn__noise_account *a,
		cstn__table_builder *table)
{
	int64_t from;

	cstn__table_put_text(table, 0, a->recipient, a->recipient_len);
	cstn__table_put_text(table, 1, a->data_set, a->data_set_len);
	if (budget->period_us && cstn__multiply_i64(a->period, budget->period_us, &from) == 0)
		cstn__table_put_i64(table, 2, from);
	else
		cstn__table_put_null(table, 2);
	cstn__table_put_i64(table, 3, a->spent_nano);
	cstn__table_put_i64(table, 4, budget->limit_nano);
	cstn__table_put_i64(table, 5, a->answers);
}

cstn_status cstn_privacy_budget_export(
		const cstn_privacy_budget *budget, struct ArrowArrayStream *out, cstn_error **error)
{
	static const cstn__table_field fields[] = {{"recipient", CSTN_TYPE_TEXT, 0},
			{"data_set", CSTN_TYPE_TEXT, 0}, {"period_from", CSTN_TYPE_TIME, 1},
			{"spent_nano", CSTN_TYPE_INT64, 0}, {"limit_nano", CSTN_TYPE_INT64, 0},
			{"answers", CSTN_TYPE_INT64, 0}};
	cstn__table_builder *table = NULL;
	uint32_t *order;
	size_t size, i;
	cstn_status status;

	if (!budget || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				budget ? "out" : "budget");
	order = in_order(budget, &size);
	status = order ? cstn__fields_table(&budget->allocator, CSTN__FIELDS(fields), &table, error)
		       : cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		for (i = 0; i < budget->accounts.count; i++)
			put_account(budget, &budget->accounts.items[order[i]], table);
		status = cstn__table_export(table, out, error);
	}
	cstn__free(&budget->allocator, order, size);
	return status;
}

/* --- as bytes --------------------------------------------------------------------------------- */

static void put_answers(const cstn_privacy_budget *budget, uint32_t account, cstn__bytes *body)
{
	size_t i;
	uint32_t k;

	for (i = 0; i < budget->answers.count; i++) {
		const cstn__noise_answer *answer = &budget->answers.items[i];

		if (answer->account != account)
			continue;
		cstn__bytes_put(body, answer->digest, sizeof(answer->digest));
		cstn__bytes_put_u64(body, answer->sensitivity);
		cstn__bytes_put_u32(body, answer->n);
		for (k = 0; k < answer->n; k++)
			cstn__bytes_put_u64(body, (uint64_t)answer->units[k]);
	}
}

cstn_status cstn_privacy_budget_serialize(
		const cstn_privacy_budget *budget, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	uint32_t *order;
	size_t size, config, i;

	if (!budget || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				budget ? "out" : "budget");
	order = in_order(budget, &size);
	if (!order)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&body, &budget->allocator);
	cstn__bytes_put_u64(&body, (uint64_t)budget->limit_nano);
	cstn__bytes_put_u64(&body, (uint64_t)budget->period_us);
	config = body.size;
	cstn__bytes_put_u32(&body, (uint32_t)budget->accounts.count);
	for (i = 0; i < budget->accounts.count; i++) {
		const cstn__noise_account *a = &budget->accounts.items[order[i]];

		cstn__bytes_put_block(&body, a->recipient, a->recipient_len);
		cstn__bytes_put_block(&body, a->data_set, a->data_set_len);
		cstn__bytes_put_u64(&body, (uint64_t)a->period);
		cstn__bytes_put_u64(&body, (uint64_t)a->spent_nano);
		cstn__bytes_put_u32(&body, a->answers);
		put_answers(budget, order[i], &body);
	}
	cstn__free(&budget->allocator, order, size);
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "privacy budget: %s", what);
}

static cstn_status read_answer(
		cstn_privacy_budget *budget, cstn__reader *in, uint32_t account, cstn_error **error)
{
	const uint8_t *digest = cstn__read_bytes(in, CSTN__QUERY_DIGEST);
	uint64_t sensitivity = cstn__read_u64(in);
	uint32_t n = cstn__read_u32(in), k;
	cstn__noise_answer answer = {.account = account, .n = n, .sensitivity = sensitivity};

	if (in->failed || !n || !sensitivity || n > CELLS_MOST || (in->size - in->position) / 8 < n)
		return corrupt(error, "an answer that cannot be");
	memcpy(answer.digest, digest, sizeof(answer.digest));
	if (cstn__budget_find(budget, answer.digest, account))
		return corrupt(error, "an answer twice");
	answer.units = cstn__alloc(&budget->allocator, cstn__array_size(n, sizeof(int64_t)));
	if (!answer.units || cstn__array_reserve(&budget->allocator, &budget->answers, 1)) {
		cstn__free(&budget->allocator, answer.units, cstn__array_size(n, sizeof(int64_t)));
		return cstn__fail_nomem(error);
	}
	for (k = 0; k < n; k++)
		answer.units[k] = (int64_t)cstn__read_u64(in);
	budget->answers.items[budget->answers.count++] = answer;
	return CSTN_OK;
}

static cstn_status read_account(cstn_privacy_budget *budget, cstn__reader *in, cstn_error **error)
{
	size_t recipient_len, data_set_len;
	const char *recipient = (const char *)cstn__read_block(in, &recipient_len);
	const char *data_set = (const char *)cstn__read_block(in, &data_set_len);
	int64_t period = (int64_t)cstn__read_u64(in), spent = (int64_t)cstn__read_u64(in);
	uint32_t answers = cstn__read_u32(in), account = 0, before, i;
	cstn_status status;

	if (in->failed || !recipient_len || recipient_len > NAME_MOST || !data_set_len ||
			data_set_len > NAME_MOST || spent < 0 || spent > budget->limit_nano ||
			(!budget->period_us && period) ||
			!cstn__utf8_is_valid((const uint8_t *)recipient, recipient_len) ||
			!cstn__utf8_is_valid((const uint8_t *)data_set, data_set_len))
		return corrupt(error, "an account that cannot be");
	status = cstn__budget_open_account(budget, recipient, recipient_len, data_set, data_set_len,
			period, &account, error);
	if (status != CSTN_OK)
		return status;
	before = account - 1;
	if (account && account_order(&before, &account, budget) >= 0)
		return corrupt(error, "accounts that are not in order");
	for (i = 0; i < answers && status == CSTN_OK; i++)
		status = read_answer(budget, in, account, error);
	budget->accounts.items[account].spent_nano = spent;
	budget->accounts.items[account].answers = answers;
	return status;
}

cstn_status cstn_privacy_budget_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_privacy_budget **out, cstn_error **error)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *budget = NULL;
	cstn__opened from;
	cstn__reader in;
	uint32_t n, i;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status != CSTN_OK)
		return status;
	in = from.body;
	options.limit_nano = (int64_t)cstn__read_u64(&in);
	options.period_us = (int64_t)cstn__read_u64(&in);
	if (in.failed || options.limit_nano <= 0 || options.period_us < 0)
		return corrupt(error, "a limit that cannot be");
	status = cstn__envelope_check(&envelope, &from.body, from.digest, in.position, error);
	if (status == CSTN_OK)
		status = cstn_privacy_budget_new(&options, &from.allocator, &budget, error);
	n = status == CSTN_OK ? cstn__read_u32(&in) : 0;
	for (i = 0; i < n && status == CSTN_OK; i++)
		status = read_account(budget, &in, error);
	if (status == CSTN_OK && (in.failed || in.position != in.size))
		status = corrupt(error, "they have a length that cannot be");
	if (status == CSTN_OK)
		*out = budget;
	else
		cstn_privacy_budget_free(budget);
	return status;
}
