/* Every public call that allocates is made to fail at its first allocation, its second, its third,
 * until it passes: each failure is CSTN_E_NOMEM with an error object, leaves the outputs as they
 * were, and leaves nothing behind. */
#include "oom.h"
#include "../unit/suite.h"

#include <errno.h>
#include <stdio.h>

void oom_arm(oom *o)
{
	o->memory.fail_at = failing_allocator_calls(&o->memory) + o->n;
}

void oom_disarm(oom *o)
{
	o->memory.fail_at = 0;
	o->memory.fail_on = 0;
}

void oom_check_error(cstn_status status, cstn_error *error)
{
	if (status == CSTN_OK) {
		ck_assert_ptr_null(error);
		return;
	}
	ck_assert_ptr_nonnull(error);
	ck_assert_int_eq(cstn_error_code(error), status);
	ck_assert_str_ne(cstn_error_message(error), "");
	cstn_error_free(error);
}

cstn_status oom_drain(struct ArrowArrayStream *stream)
{
	cstn_status status = CSTN_OK;
	struct ArrowSchema schema;
	int code;

	memset(&schema, 0, sizeof(schema));
	code = stream->get_schema(stream, &schema);
	if (code == 0)
		schema.release(&schema);
	while (code == 0) {
		struct ArrowArray array;

		memset(&array, 0, sizeof(array));
		code = stream->get_next(stream, &array);
		if (code != 0 || array.release == NULL)
			break;
		array.release(&array);
	}
	if (code != 0) {
		ck_assert_int_eq(code, ENOMEM);
		ck_assert_ptr_nonnull(stream->get_last_error(stream));
		status = CSTN_E_NOMEM;
	}
	stream->release(stream);
	ck_assert_ptr_null(stream->release);
	return status;
}

cstn_status oom_rows(cstn_status status, cstn_row_errors *rows, int bad)
{
	if (bad && status == CSTN_E_ROWS)
		status = CSTN_OK;
	ck_assert_int_eq(rows != NULL, bad && status == CSTN_OK);
	cstn_row_errors_free(rows);
	return status;
}

cstn_status oom_table(oom *o, cstn_status status, struct ArrowArrayStream *out)
{
	ck_assert((status == CSTN_OK) == (out->release != NULL));
	if (status == CSTN_OK)
		status = oom_drain(out);
	oom_disarm(o);
	return status;
}

cstn_status oom_table_of_rest(
		oom *o, cstn_status status, struct ArrowArrayStream *out, cstn_row_errors *bad)
{
	ck_assert_int_ne(status, CSTN_OK);
	status = oom_rows(status, bad, 1);
	return oom_table(o, status, out);
}

void oom_unchanged(oom *o, cstn_status status, const sealed_kind *kind, void *self, void *twin)
{
	oom_disarm(o);
	if (status == CSTN_E_NOMEM)
		sealed_expect_equal(kind, self, twin);
	kind->drop(self);
	kind->drop(twin);
}

cstn_status oom_to_bytes(oom *o, const sealed_kind *kind, void *self, void *twin)
{
	cstn_buffer *bytes = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, kind->write(self, &bytes, &error));
	ck_assert((bytes == NULL) == (status != CSTN_OK));
	cstn_buffer_free(bytes);
	oom_unchanged(o, status, kind, self, twin);
	return status;
}

cstn_status oom_from_bytes(oom *o, const sealed_kind *kind, void *written)
{
	cstn_buffer *bytes = sealed_write(kind, written);
	void *self = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, kind->read(cstn_buffer_data(bytes), cstn_buffer_size(bytes), o->allocator,
					 &self, &error));
	oom_disarm(o);
	ck_assert((self == NULL) == (status != CSTN_OK));
	if (self)
		sealed_expect_equal(kind, self, written);
	kind->drop(self);
	kind->drop(written);
	cstn_buffer_free(bytes);
	return status;
}

cstn_status oom_merge(oom *o, const sealed_kind *kind, void *into, void *from, void *twin)
{
	cstn_buffer *other = sealed_write(kind, from), *after;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, kind->merge(into, from, &error));
	oom_unchanged(o, status, kind, into, twin);
	after = sealed_write(kind, from);
	ck_assert_uint_eq(cstn_buffer_size(after), cstn_buffer_size(other));
	ck_assert_mem_eq(cstn_buffer_data(after), cstn_buffer_data(other), cstn_buffer_size(after));
	cstn_buffer_free(after);
	cstn_buffer_free(other);
	kind->drop(from);
	return status;
}

static const struct {
	const oom_case *cases;
	const size_t *count;
} tables[] = {
		{oom_cases_base, &oom_count_base},
		{oom_cases_table, &oom_count_table},
		{oom_cases_stream, &oom_count_stream},
		{oom_cases_csv, &oom_count_csv},
		{oom_cases_policy, &oom_count_policy},
		{oom_cases_fulfilment, &oom_count_fulfilment},
		{oom_cases_kmeans, &oom_count_kmeans},
		{oom_cases_prototypes, &oom_count_prototypes},
		{oom_cases_segment, &oom_count_segment},
		{oom_cases_loyalty, &oom_count_loyalty},
		{oom_cases_purchases, &oom_count_purchases},
		{oom_cases_evaluate, &oom_count_evaluate},
		{oom_cases_demand, &oom_count_demand},
		{oom_cases_global, &oom_count_global},
		{oom_cases_online, &oom_count_online},
		{oom_cases_forecast, &oom_count_forecast},
		{oom_cases_partner, &oom_count_partner},
		{oom_cases_reconcile, &oom_count_reconcile},
		{oom_cases_psi, &oom_count_psi},
		{oom_cases_vault, &oom_count_vault},
		{oom_cases_constraint, &oom_count_constraint},
		{oom_cases_ledger, &oom_count_ledger},
		{oom_cases_agreement, &oom_count_agreement},
		{oom_cases_term, &oom_count_term},
		{oom_cases_privacy, &oom_count_privacy},
		{oom_cases_release, &oom_count_release},
		{oom_cases_shared_log, &oom_count_shared_log},
		{oom_cases_sharing, &oom_count_sharing},
		{oom_cases_decision, &oom_count_decision},
		{oom_cases_retention, &oom_count_retention},
		{oom_cases_network, &oom_count_network},
		{oom_cases_durable, &oom_count_durable},
		{oom_cases_event, &oom_count_event},
		{oom_cases_tools, &oom_count_tools},
		{oom_cases_customer, &oom_count_customer},
		{oom_cases_journey, &oom_count_journey},
		{oom_cases_feedback, &oom_count_feedback},
		{oom_cases_value, &oom_count_value},
};

static const oom_case *case_number(int number)
{
	size_t i = (size_t)number;
	size_t table = 0;

	while (i >= *tables[table].count)
		i -= *tables[table++].count;
	return &tables[table].cases[i];
}

static size_t case_count(void)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count += *tables[i].count;
	return count;
}

/* Fail allocation 1, 2, 3, ... until a run meets no failure any more; how many there were. */
static uint64_t exhaust(const oom_case *one, int fail_on)
{
	/* Where memory stays out, what comes after the first failure is much the same. */
	const uint64_t every = fail_on ? test_every() : 1;
	oom o;

	for (o.n = 1; o.n < 100000; o.n += every) {
		cstn_status status;

		failing_allocator_init(&o.memory, 0);
		o.memory.fail_on = fail_on;
		o.allocator = &o.memory.allocator;
		o.which = one->which;
		status = one->run(&o);
		if (failing_allocator_live(&o.memory) != 0)
			ck_abort_msg("%s: %llu blocks left or damaged after failing allocation "
				     "%llu",
					one->functions,
					(unsigned long long)failing_allocator_live(&o.memory),
					(unsigned long long)o.n);
		if (o.memory.failures == 0) {
			ck_assert_msg(status == CSTN_OK, "%s: %s without a failing allocation",
					one->functions, cstn_status_name(status));
			return o.n - 1;
		}
		if (status != CSTN_E_NOMEM && !(one->may_degrade && status == CSTN_OK))
			ck_abort_msg("%s: %s when allocation %llu failed", one->functions,
					cstn_status_name(status), (unsigned long long)o.n);
	}
	ck_abort_msg("%s: never passes", one->functions);
	return 0;
}

START_TEST(out_of_memory_leaves_outputs_untouched_and_nothing_behind)
{
	const oom_case *one = case_number(_i);
	uint64_t failures = exhaust(one, 0);

	ck_assert_msg(failures > 0, "%s: allocates nothing through its allocator", one->functions);
}
END_TEST

START_TEST(memory_that_stays_out_is_survived)
{
	exhaust(case_number(_i), 1);
}
END_TEST

/* Two cases, so that they can run beside each other: CK_RUN_CASE picks one. */
static void add_case(Suite *suite, const char *name, const TTest *test)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 300);
	tcase_add_loop_test(tcase, test, 0, (int)case_count());
	suite_add_tcase(suite, tcase);
}

int main(void)
{
	Suite *suite = suite_create("oom");

	add_case(suite, "once", out_of_memory_leaves_outputs_untouched_and_nothing_behind);
	add_case(suite, "always", memory_that_stays_out_is_survived);
	return run_suite(suite);
}
