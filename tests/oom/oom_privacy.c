/* Out of memory in what is measured, generalised and given out of private rows. */
#include <stdio.h>

#include "oom.h"

#define SCHEMA "firm text\ntown text\nage int64\npay int64\n"
#define ROWS                                                                                \
	"firm,town,age,pay\nA,Ulm,31,5\nB,Ulm,32,6\nC,Ulm,33,7\nA,Bonn,41,8\nB,Bonn,42,9\n" \
	"C,Bonn,49,5\nD,Koeln,41,8\nD,Koeln,45,8\n"

static void hierarchy_rows(struct ArrowArrayStream *out)
{
	csv_rows(out, "value text\nparent text null\n",
			"value,parent\nUlm,South\nBonn,West\nKoeln,West\nSouth,\n");
}

static cstn_status hierarchy(oom *o)
{
	cstn_hierarchy *out = NULL;
	struct ArrowArrayStream rows;
	cstn_status status;

	hierarchy_rows(&rows);
	oom_arm(o);
	OOM_CALL(status, cstn_hierarchy_new(&rows, NULL, o->allocator, &out, &error));
	oom_disarm(o);
	ck_assert_ptr_null(rows.release);
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_hierarchy_unref(out);
	return status;
}

static cstn_hierarchy *towns(void)
{
	cstn_hierarchy *out;
	struct ArrowArrayStream rows;

	hierarchy_rows(&rows);
	ck_assert_int_eq(cstn_hierarchy_new(&rows, NULL, NULL, &out, NULL), CSTN_OK);
	return out;
}

/* 0: measures; 1: the table without small classes. */
static cstn_status private_rows(oom *o)
{
	static const char *const quasi[] = {"town", "age"}, *const keep[] = {"firm"};
	cstn_hierarchy *all = towns();
	const cstn_generalise_step steps[] = {
			{"town", CSTN_GENERALISE_HIERARCHY, 1, 0, 0, 0, 0, all},
			{"age", CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
	cstn_privacy_options options = CSTN_PRIVACY_OPTIONS_INIT;
	cstn_privacy_measures out = CSTN_PRIVACY_MEASURES_INIT;
	struct ArrowArrayStream rows, table = {0};
	cstn_status status;

	options.quasi = quasi;
	options.n_quasi = 2;
	options.sensitive = "pay";
	options.keep = keep;
	options.n_keep = 1;
	options.steps = steps;
	options.n_steps = 2;
	options.k = 2;
	options.allocator = o->allocator;
	csv_rows(&rows, SCHEMA, ROWS);
	oom_arm(o);
	if (o->which == 0) {
		OOM_CALL(status, cstn_privacy_measure(&rows, &options, &out, NULL, &error));
		oom_disarm(o);
		ck_assert_int_eq(out.rows, status == CSTN_OK ? 8 : 0);
	} else {
		OOM_CALL(status, cstn_privacy_anonymise(
						 &rows, &options, &table, NULL, NULL, &error));
		status = oom_table(o, status, &table);
	}
	ck_assert_ptr_null(rows.release);
	cstn_hierarchy_unref(all);
	return status;
}

/* --- cells ------------------------------------------------------------------------------------ */

static cstn_difference_guard *guard_of(const cstn_allocator *allocator)
{
	cstn_difference_guard *out = NULL;

	ck_assert_int_eq(cstn_difference_guard_new("D", 1, "rows", 4, allocator, &out, NULL),
			CSTN_OK);
	return out;
}

static cstn_status ask_cells(cstn_difference_guard *guard, const cstn_allocator *allocator,
		int suggest, struct ArrowArrayStream *cells, struct ArrowArrayStream *refused,
		cstn_error **error)
{
	static const char *const by[] = {"town", "age"};
	static const cstn_aggregate_measure measures[] = {
			{"pay", CSTN_AGGREGATE_SUM, 0}, {"pay", CSTN_AGGREGATE_MEAN, 0}};
	static const cstn_generalise_step steps[] = {
			{"age", CSTN_GENERALISE_BUCKET, 0, 10, 0, 0, 0, NULL}};
	cstn_aggregate_options o = CSTN_AGGREGATE_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_status status;

	o.by = by;
	o.n_by = 2;
	o.steps = steps;
	o.n_steps = 1;
	o.measures = measures;
	o.n_measures = 2;
	o.company = "firm";
	o.recipient = "D";
	o.recipient_len = 1;
	o.sensitive = "age";
	o.k = 2;
	o.flags = CSTN_AGGREGATE_MARGINS;
	o.allocator = allocator;
	if (suggest)
		o.sensitive = NULL;
	csv_rows(&rows, SCHEMA, ROWS);
	status = suggest ? cstn_aggregate_suggest(&rows, &o, cells, NULL, error)
			 : cstn_aggregate(&rows, &o, guard, cells, refused, NULL, error);
	ck_assert_ptr_null(rows.release);
	return status;
}

static cstn_difference_guard *told(const cstn_allocator *allocator)
{
	cstn_difference_guard *guard = guard_of(allocator);
	struct ArrowArrayStream cells, refused;

	ck_assert_int_eq(ask_cells(guard, NULL, 0, &cells, &refused, NULL), CSTN_OK);
	ck_assert_uint_gt(cstn_difference_guard_count(guard), 1);
	cells.release(&cells);
	refused.release(&refused);
	return guard;
}

/* Out of memory the guard has learned nothing. 1: a guard that knows something already. */
static cstn_status aggregate(oom *o)
{
	cstn_difference_guard *guard = o->which ? told(o->allocator) : guard_of(o->allocator);
	cstn_difference_guard *twin = o->which ? told(NULL) : guard_of(NULL);
	struct ArrowArrayStream cells = {0}, refused = {0};
	cstn_status status, drained;

	oom_arm(o);
	OOM_CALL(status, ask_cells(guard, o->allocator, 0, &cells, &refused, &error));
	ck_assert((status == CSTN_OK) == (cells.release != NULL));
	ck_assert((status == CSTN_OK) == (refused.release != NULL));
	oom_disarm(o);
	if (status == CSTN_OK) {
		drained = oom_drain(&cells);
		ck_assert_int_eq(drained, CSTN_OK);
		drained = oom_drain(&refused);
		ck_assert_int_eq(drained, CSTN_OK);
	}
	oom_unchanged(o, status, &sealed_difference_guard, guard, twin);
	return status;
}

static cstn_status suggest(oom *o)
{
	struct ArrowArrayStream out = {0};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, ask_cells(NULL, o->allocator, 1, &out, NULL, &error));
	return oom_table(o, status, &out);
}

OOM_MAKE(guard_new, difference_guard, free,
		cstn_difference_guard_new("D", 1, "rows", 4, o->allocator, &made, &error))
OOM_BYTES(difference_guard, told(o->allocator), told(NULL))

/* --- noise ------------------------------------------------------------------------------------ */

static cstn_privacy_budget *budget_of(const cstn_allocator *allocator)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;
	cstn_privacy_budget *out = NULL;

	options.limit_nano = 5000000000;
	ck_assert_int_eq(cstn_privacy_budget_new(&options, allocator, &out, NULL), CSTN_OK);
	return out;
}

static int32_t ones(void *user, uint8_t *out, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		out[i] = (uint8_t)(i * 37 + 11);
	return user != NULL;
}

static cstn_status ask_noise(cstn_privacy_budget *budget, const cstn_allocator *allocator,
		struct ArrowArrayStream *table, int64_t *charged, cstn_error **error)
{
	static const char *const towns_of[] = {"Ulm", "Bonn", "Rome"};
	cstn_noise_options o = CSTN_NOISE_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_status status;

	o.kind = CSTN_NOISE_SUM;
	o.recipient = "acme";
	o.recipient_len = 4;
	o.data_set = "rows";
	o.data_set_len = 4;
	o.epsilon_nano = 1000000000;
	o.subject = "firm";
	o.measure = "pay";
	o.partition = "town";
	o.partitions = towns_of;
	o.n_partitions = 3;
	o.high = 10;
	o.entropy = ones;
	o.allocator = allocator;
	csv_rows(&rows, SCHEMA, ROWS);
	status = cstn_noise(&rows, &o, budget, table, charged, NULL, error);
	ck_assert_ptr_null(rows.release);
	return status;
}

/* Out of memory nothing is charged, or the answer is kept. */
static cstn_status noise(oom *o)
{
	cstn_privacy_budget *budget = budget_of(o->allocator);
	struct ArrowArrayStream table = {0}, again = {0};
	int64_t charged = 0, spent = -1;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, ask_noise(budget, o->allocator, &table, &charged, &error));
	status = oom_table(o, status, &table);
	ck_assert_int_eq(cstn_privacy_budget_spent(
					 budget, "acme", 4, "rows", 4, 0, &spent, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(spent, charged);
	ck_assert_int_eq(ask_noise(budget, NULL, &again, &charged, NULL), CSTN_OK);
	ck_assert_int_eq(charged, spent ? 0 : 1000000000);
	again.release(&again);
	cstn_privacy_budget_free(budget);
	return status;
}

static cstn_privacy_budget *used(const cstn_allocator *allocator)
{
	cstn_privacy_budget *budget = budget_of(allocator);
	struct ArrowArrayStream table;

	ck_assert_int_eq(ask_noise(budget, NULL, &table, NULL, NULL), CSTN_OK);
	table.release(&table);
	return budget;
}

static cstn_status new_budget(
		const cstn_allocator *allocator, cstn_privacy_budget **out, cstn_error **error)
{
	cstn_privacy_budget_options options = CSTN_PRIVACY_BUDGET_OPTIONS_INIT;

	options.limit_nano = 1;
	return cstn_privacy_budget_new(&options, allocator, out, error);
}

OOM_MAKE(budget_new, privacy_budget, free, new_budget(o->allocator, &made, &error))
OOM_TABLE(budget_table, privacy_budget, free, used(o->allocator),
		cstn_privacy_budget_export(self, &out, &error))
OOM_BYTES(privacy_budget, used(o->allocator), used(NULL))

/* --- what data were worth --------------------------------------------------------------------- */

static cstn_status add_value(cstn_value_ledger *ledger, const char *party, cstn_error **error)
{
	cstn_value_row row = CSTN_VALUE_ROW_INIT;

	row.kind = CSTN_VALUE_RECEIPT;
	row.level = CSTN_LEVEL_RAW;
	row.constellation = "ring";
	row.constellation_len = 4;
	row.party = party;
	row.party_len = strlen(party);
	row.counterparty = "zeta";
	row.counterparty_len = 4;
	row.field_class = CSTN_CLASS_PUBLIC;
	row.utility_in_minor = 5;
	return cstn_value_ledger_add(ledger, &row, error);
}

static cstn_value_ledger *ledger_of(const cstn_allocator *allocator)
{
	cstn_value_ledger *out = NULL;

	ck_assert_int_eq(cstn_value_ledger_new(allocator, &out, NULL), CSTN_OK);
	ck_assert_int_eq(add_value(out, "acme", NULL), CSTN_OK);
	return out;
}

static cstn_status value_add(oom *o)
{
	cstn_value_ledger *ledger = ledger_of(o->allocator), *twin = ledger_of(NULL);
	char name[8];
	int i;
	cstn_status status = CSTN_OK;

	oom_arm(o);
	for (i = 0; i < 40 && status == CSTN_OK; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		OOM_CALL(status, add_value(ledger, name, &error));
		if (status == CSTN_OK)
			ck_assert_int_eq(add_value(twin, name, NULL), CSTN_OK);
	}
	oom_unchanged(o, status, &sealed_value_ledger, ledger, twin);
	return status;
}

OOM_MAKE(value_new, value_ledger, free, cstn_value_ledger_new(o->allocator, &made, &error))
OOM_TABLE(value_table, value_ledger, free, ledger_of(o->allocator),
		cstn_value_ledger_export(self, &out, &error))
OOM_BYTES(value_ledger, ledger_of(o->allocator), ledger_of(NULL))

static int32_t heads(void *user, uint64_t coalition, int64_t *out)
{
	*out = __builtin_popcountll(coalition) * 10;
	return user != NULL;
}

/* 0: exact; 1: a sample. */
static cstn_status shapley(oom *o)
{
	cstn_shapley_options options = CSTN_SHAPLEY_OPTIONS_INIT;
	cstn_shapley_share out[5];
	cstn_status status;

	options.players = 5;
	options.value = heads;
	options.flags = o->which ? CSTN_SHAPLEY_SAMPLE : 0;
	options.threads = 1;
	options.permutations = 2000;
	options.allocator = o->allocator;
	memset(out, 0, sizeof(out));
	oom_arm(o);
	OOM_CALL(status, cstn_value_shapley(&options, out, &error));
	oom_disarm(o);
	ck_assert_int_eq(out[4].whole, status == CSTN_OK ? 10 : 0);
	return status;
}

const oom_case oom_cases_privacy[] = {
		{"cstn_hierarchy_new", hierarchy, 0, 0},
		{"cstn_privacy_measure", private_rows, 0, 0},
		{"cstn_privacy_anonymise", private_rows, 0, 1},
		{"cstn_aggregate", aggregate, 0, 0},
		{"cstn_aggregate", aggregate, 0, 1},
		{"cstn_aggregate_suggest", suggest, 0, 0},
		{"cstn_difference_guard_new", guard_new, 0, 0},
		{"cstn_difference_guard_serialize", difference_guard_to_bytes, 0, 0},
		{"cstn_difference_guard_deserialize", difference_guard_from_bytes, 0, 0},
		{"cstn_privacy_budget_new", budget_new, 0, 0},
		{"cstn_noise", noise, 0, 0},
		{"cstn_privacy_budget_export", budget_table, 0, 0},
		{"cstn_privacy_budget_serialize", privacy_budget_to_bytes, 0, 0},
		{"cstn_privacy_budget_deserialize", privacy_budget_from_bytes, 0, 0},
		{"cstn_value_ledger_new", value_new, 0, 0},
		{"cstn_value_ledger_add", value_add, 0, 0},
		{"cstn_value_ledger_export", value_table, 0, 0},
		{"cstn_value_ledger_serialize", value_ledger_to_bytes, 0, 0},
		{"cstn_value_ledger_deserialize", value_ledger_from_bytes, 0, 0},
		{"cstn_value_shapley", shapley, 0, 0},
		{"cstn_value_shapley", shapley, 0, 1},
};
const size_t oom_count_privacy = sizeof(oom_cases_privacy) / sizeof(oom_cases_privacy[0]);
