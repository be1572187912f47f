/* Out of memory in states of retention and of contracts. */
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

/* What a case of update() has: a state that is empty, or customers that are text. */
#define EMPTY 1
#define TEXT 2

static cstn_retention *before_update(const cstn_allocator *allocator, int32_t which)
{
	return which == EMPTY ? fresh(allocator)
			      : filled(allocator, 3, which == TEXT ? ALL | SHOP_TEXT_IDS : ALL);
}

static cstn_status update(oom *o)
{
	uint32_t flags = o->which == TEXT ? ALL | SHOP_TEXT_IDS : ALL;
	cstn_retention *state = before_update(o->allocator, o->which);
	char *rows = shop_random(7, 0, 40, flags);
	struct ArrowArrayStream stream;
	cstn_status status;

	shop_stream(rows, flags, &stream);
	oom_arm(o);
	OOM_CALL(status, cstn_retention_update(state, &stream, NULL, NULL, &error));
	oom_unchanged(o, status, &sealed_retention, state, before_update(NULL, o->which));
	free(rows);
	return status;
}

OOM_MAKE(run_new, retention, free, cstn_retention_new(NULL, o->allocator, &made, &error))
OOM_MERGE(retention, filled(o->allocator, 1, ALL), filled(o->allocator, 2, ALL),
		filled(NULL, 1, ALL))
OOM_REMOVE(retention, filled(o->allocator, 1, ALL), filled(NULL, 1, ALL), "customer int64\n",
		"customer\n5\n10\n")
OOM_BYTES(retention, filled(o->allocator, 1, ALL), filled(NULL, 1, ALL))

static cstn_status text_ids_from_bytes(oom *o)
{
	return oom_from_bytes(o, &sealed_retention, filled(NULL, 1, ALL | SHOP_TEXT_IDS));
}

static cstn_status exported(const cstn_retention *state, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_retention_question question = question_of();

	question.horizon_days = 5;
	question.period = CSTN_RETENTION_WEEK;
	return cstn_retention_export(state, table, &question, out, error);
}

OOM_TABLE(run_table, retention, free, filled(o->allocator, 1, ALL),
		exported(self, o->which, &out, &error))

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

static cstn_status run_contracts_update(oom *o)
{
	cstn_contracts *state = contracts_filled(o->allocator);
	struct ArrowArrayStream stream;
	cstn_status status;

	spans(&stream);
	oom_arm(o);
	OOM_CALL(status, cstn_contracts_update(state, &stream, NULL, NULL, &error));
	oom_unchanged(o, status, &sealed_contracts, state, contracts_filled(NULL));
	return status;
}

OOM_MAKE(run_contracts_new, contracts, free, cstn_contracts_new(o->allocator, &made, &error))
OOM_MERGE(contracts, contracts_filled(o->allocator), contracts_filled(NULL), contracts_filled(NULL))
OOM_BYTES(contracts, contracts_filled(o->allocator), contracts_filled(NULL))
OOM_TABLE(run_contracts_table, contracts, free, contracts_filled(o->allocator),
		cstn_contracts_export(self, o->which, DAY0 + 40, DAY0 + 2, DAY0 + 9, &out, &error))

const oom_case oom_cases_retention[] = {
		{"cstn_retention_new", run_new, 0, 0},
		{"cstn_retention_update", update, 0, EMPTY},
		{"cstn_retention_update", update, 0, 0},
		{"cstn_retention_update", update, 0, TEXT},
		{"cstn_retention_merge", retention_merge, 0, 0},
		{"cstn_retention_remove", retention_remove, 0, 0},
		{"cstn_retention_serialize", retention_to_bytes, 0, 0},
		{"cstn_retention_deserialize", retention_from_bytes, 0, 0},
		{"cstn_retention_deserialize", text_ids_from_bytes, 0, 0},
		{"cstn_retention_export", run_table, 0, CSTN_RETENTION_TABLE_RATES},
		{"cstn_retention_export", run_table, 0, CSTN_RETENTION_TABLE_GROWTH},
		{"cstn_retention_export", run_table, 0, CSTN_RETENTION_TABLE_ITEMS},
		{"cstn_retention_export", run_table, 0, CSTN_RETENTION_TABLE_COHORTS},
		{"cstn_contracts_new", run_contracts_new, 0, 0},
		{"cstn_contracts_update", run_contracts_update, 0, 0},
		{"cstn_contracts_merge", contracts_merge, 0, 0},
		{"cstn_contracts_serialize", contracts_to_bytes, 0, 0},
		{"cstn_contracts_deserialize", contracts_from_bytes, 0, 0},
		{"cstn_contracts_export", run_contracts_table, 0, CSTN_CONTRACTS_TABLE_SURVIVAL},
		{"cstn_contracts_export", run_contracts_table, 0, CSTN_CONTRACTS_TABLE_CHURN},
};
const size_t oom_count_retention = sizeof(oom_cases_retention) / sizeof(oom_cases_retention[0]);
