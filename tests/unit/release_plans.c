#include "release_plans.h"

#include <check.h>

#include "base/alloc.h"
#include "sharing_fixture.h"

const char *const releasing_paths[3] = {"row.a", "row.b", "row.c"};

releasing *releasing_begin(void)
{
	static releasing r;
	static const char *const names[] = {"a", "b", "c", "d", "e", "at"};
	static const cstn_release_options usual = CSTN_RELEASE_OPTIONS_INIT;

	memset(&r, 0, sizeof(r));
	r.n = 5;
	r.options = usual;
	for (int i = 0; i < 6; i++)
		r.columns[i].name = names[i];
	for (int i = 0; i < 3; i++) {
		r.grants[i] = release_grant_of(releasing_paths[i], CSTN_LEVEL_RAW);
		r.bound[i].column = names[2 * i];
		r.bound[i].path = releasing_paths[i];
	}
	r.options.columns = r.bound;
	r.options.n_columns = 3;
	return &r;
}

cstn_status releasing_make(releasing *r, cstn_error **error)
{
	struct ArrowSchema input;
	cstn_allocator libc;
	cstn_status status;

	ck_assert_int_eq(cstn__allocator_read(NULL, &libc, NULL), CSTN_OK);
	release_schema(&input, r->columns, r->n, r->layouts);
	status = cstn__release_plan_new(r->decision, r->decision->request, &input, &r->options,
			&libc, &r->plan, error);
	input.release(&input);
	return status;
}

void releasing_plan(releasing *r, const release_asking *asking)
{
	r->decision = release_decide(r->grants, asking);
	SHARING_OK(releasing_make(r, &error));
	SHARING_OK(cstn__release_plan_schema(r->plan, &r->schema, &error));
}

void releasing_end(releasing *r)
{
	cstn__release_plan_free(r->plan);
	cstn_decision_unref(r->decision);
	if (r->schema.release)
		r->schema.release(&r->schema);
	ck_assert_int_eq(release_live(), 0);
}

void releasing_fill(releasing *r, uint64_t *state)
{
	r->rows = (int)sharing_roll(state, 100);
	for (int i = 0; i < r->n; i++) {
		r->columns[i].format =
				release_formats[sharing_roll(state, (uint32_t)release_n_formats)];
		release_fill(&r->columns[i], r->rows, (int)sharing_roll(state, 3) * 30,
				1 + (int)sharing_roll(state, 20), state);
		r->layouts[i] = release_random_layout(r->columns[i].format, state);
	}
}

void release_same_cell(release_cell got, const release_cell *expected)
{
	ck_assert_int_eq(got.valid, expected->valid);
	if (!got.valid)
		return;
	ck_assert_uint_eq(got.len, expected->len);
	ck_assert_mem_eq(got.bytes, expected->bytes, got.len);
}
