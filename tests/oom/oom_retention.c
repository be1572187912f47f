/* Out of memory in states of retention and of contracts. */
#include "../unit/csv_rows.h"
#include "../unit/purchase_rows.h"
#include "../unit/retention_fixture.h"
#include "oom.h"

#define ALL (SHOP_QUANTITY | SHOP_ORDER | SHOP_ITEM | SHOP_FIRST)
#define SPANS "start_day,end_day\n2026-01-01,2026-01-05\n2026-01-02,\n2026-01-04,2026-02-01\n"

static cstn_retention *fresh(const cstn_allocator *allocator)
{
	cstn_retention_config config = CSTN_RETENTION_CONFIG_INIT;
	cstn_retention *state = NULL;

	config.flags = CSTN_RETENTION_ORDERS | CSTN_RETENTION_ITEMS;
	ck_assert_int_eq(cstn_retention_new(&config, allocator, &state, NULL), CSTN_OK);
	return state;
}

static cstn_retention *filled(const cstn_allocator *allocator, uint64_t seed, uint32_t flags)
{
	char *rows = shop_random(seed, 0, 60, flags);
	cstn_retention *state = fresh(allocator);

	shop_add(state, rows, flags);
	free(rows);
	return state;
}

static void same(const cstn_retention *state, cstn_buffer *before)
{
	cstn_buffer *now = retention_bytes(state);

	expect_same_bytes(now, before);
	cstn_buffer_free(now);
}

static cstn_status run_new(oom *o)
{
	cstn_retention *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_retention_new(NULL, o->allocator, &state, &error));
	oom_disarm(o);
	ck_assert(status == CSTN_OK || !state);
	cstn_retention_free(state);
	return status;
}

static cstn_status update(oom *o, int empty, uint32_t flags)
{
	cstn_retention *state = empty ? fresh(o->allocator) : filled(o->allocator, 3, flags);
	char *rows = shop_random(7, 0, 40, flags);
	cstn_buffer *before = retention_bytes(state);
	struct ArrowArrayStream stream;
	cstn_status status;

	shop_stream(rows, flags, &stream);
	oom_arm(o);
	OOM_CALL(status, cstn_retention_update(state, &stream, NULL, NULL, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(state, before);
	cstn_buffer_free(before);
	cstn_retention_free(state);
	free(rows);
	return status;
}

static cstn_status run_update_empty(oom *o)
{
	return update(o, 1, ALL);
}

static cstn_status run_update_more(oom *o)
{
	return update(o, 0, ALL);
}

static cstn_status run_update_text(oom *o)
{
	return update(o, 0, ALL | SHOP_TEXT_IDS);
}

static cstn_status run_merge(oom *o)
{
	cstn_retention *into = filled(o->allocator, 1, ALL), *from = filled(o->allocator, 2, ALL);
	cstn_buffer *before = retention_bytes(into), *other = retention_bytes(from);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_retention_merge(into, from, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(into, before);
	same(from, other);
	cstn_buffer_free(before);
	cstn_buffer_free(other);
	cstn_retention_free(into);
	cstn_retention_free(from);
	return status;
}

static cstn_status run_remove(oom *o)
{
	cstn_retention *state = filled(o->allocator, 1, ALL);
	cstn_buffer *before = retention_bytes(state);
	struct ArrowArrayStream stream;
	cstn_status status;

	csv_rows(&stream, "customer int64\n", "customer\n5\n10\n");
	oom_arm(o);
	OOM_CALL(status, cstn_retention_remove(state, &stream, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		same(state, before);
	cstn_buffer_free(before);
	cstn_retention_free(state);
	return status;
}

OOM_BYTES(retention, free, filled(o->allocator, 1, ALL), filled(NULL, 1, ALL | SHOP_TEXT_IDS))

static cstn_status table(oom *o, int32_t which)
{
	cstn_retention_question question = question_of();
	cstn_retention *state = filled(o->allocator, 1, ALL);
	struct ArrowArrayStream out;
	cstn_status status;

	question.horizon_days = 5;
	question.period = CSTN_RETENTION_WEEK;
	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_retention_export(state, which, &question, &out, &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	ck_assert_ptr_null(out.release);
	cstn_retention_free(state);
	return status;
}

static cstn_status run_rates(oom *o)
{
	return table(o, CSTN_RETENTION_TABLE_RATES);
}

static cstn_status run_growth(oom *o)
{
	return table(o, CSTN_RETENTION_TABLE_GROWTH);
}

static cstn_status run_items(oom *o)
{
	return table(o, CSTN_RETENTION_TABLE_ITEMS);
}

static cstn_status run_cohorts(oom *o)
{
	return table(o, CSTN_RETENTION_TABLE_COHORTS);
}

/* --- contracts -------------------------------------------------------------------------------- */

static void spans(struct ArrowArrayStream *out)
{
	csv_rows(out, "start_day date\nend_day date null\n", SPANS);
}

static cstn_contracts *contracts_filled(const cstn_allocator *allocator)
{
	cstn_contracts *state = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_contracts_new(allocator, &state, NULL), CSTN_OK);
	spans(&stream);
	ck_assert_int_eq(cstn_contracts_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	return state;
}

static cstn_buffer *contracts_bytes(const cstn_contracts *state)
{
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_contracts_serialize(state, &bytes, NULL), CSTN_OK);
	return bytes;
}

static void contracts_same(const cstn_contracts *state, cstn_buffer *before)
{
	cstn_buffer *now = contracts_bytes(state);

	expect_same_bytes(now, before);
	cstn_buffer_free(now);
}

static cstn_status run_contracts_new(oom *o)
{
	cstn_contracts *state = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_contracts_new(o->allocator, &state, &error));
	oom_disarm(o);
	ck_assert(status == CSTN_OK || !state);
	cstn_contracts_free(state);
	return status;
}

static cstn_status run_contracts_update(oom *o)
{
	cstn_contracts *state = contracts_filled(o->allocator);
	cstn_buffer *before = contracts_bytes(state);
	struct ArrowArrayStream stream;
	cstn_status status;

	spans(&stream);
	oom_arm(o);
	OOM_CALL(status, cstn_contracts_update(state, &stream, NULL, NULL, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		contracts_same(state, before);
	cstn_buffer_free(before);
	cstn_contracts_free(state);
	return status;
}

static cstn_status run_contracts_merge(oom *o)
{
	cstn_contracts *into = contracts_filled(o->allocator), *from = contracts_filled(NULL);
	cstn_buffer *before = contracts_bytes(into);
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_contracts_merge(into, from, &error));
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		contracts_same(into, before);
	cstn_buffer_free(before);
	cstn_contracts_free(into);
	cstn_contracts_free(from);
	return status;
}

OOM_BYTES(contracts, free, contracts_filled(o->allocator), contracts_filled(NULL))

static cstn_status contracts_table(oom *o, int32_t which)
{
	cstn_contracts *state = contracts_filled(o->allocator);
	struct ArrowArrayStream out;
	cstn_status status;

	memset(&out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_contracts_export(state, which, DAY0 + 40, DAY0 + 2, DAY0 + 9, &out,
					 &error));
	if (status == CSTN_OK)
		status = oom_drain(&out);
	oom_disarm(o);
	ck_assert_ptr_null(out.release);
	cstn_contracts_free(state);
	return status;
}

static cstn_status run_contracts_survival(oom *o)
{
	return contracts_table(o, CSTN_CONTRACTS_TABLE_SURVIVAL);
}

static cstn_status run_contracts_churn(oom *o)
{
	return contracts_table(o, CSTN_CONTRACTS_TABLE_CHURN);
}

const oom_case oom_cases_retention[] = {
		{"cstn_retention_new", run_new, 0},
		{"cstn_retention_update", run_update_empty, 0},
		{"cstn_retention_update", run_update_more, 0},
		{"cstn_retention_update", run_update_text, 0},
		{"cstn_retention_merge", run_merge, 0},
		{"cstn_retention_remove", run_remove, 0},
		{"cstn_retention_serialize", retention_to_bytes, 0},
		{"cstn_retention_deserialize", retention_from_bytes, 0},
		{"cstn_retention_export", run_rates, 0},
		{"cstn_retention_export", run_growth, 0},
		{"cstn_retention_export", run_items, 0},
		{"cstn_retention_export", run_cohorts, 0},
		{"cstn_contracts_new", run_contracts_new, 0},
		{"cstn_contracts_update", run_contracts_update, 0},
		{"cstn_contracts_merge", run_contracts_merge, 0},
		{"cstn_contracts_serialize", contracts_to_bytes, 0},
		{"cstn_contracts_deserialize", contracts_from_bytes, 0},
		{"cstn_contracts_export", run_contracts_survival, 0},
		{"cstn_contracts_export", run_contracts_churn, 0},
};
const size_t oom_count_retention = sizeof(oom_cases_retention) / sizeof(oom_cases_retention[0]);
