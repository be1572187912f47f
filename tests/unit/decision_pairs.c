#include "decision_pairs.h"

#include "sharing/decision.h"

cstn_buffer *pair_record(const cstn_decision *decision)
{
	cstn_buffer *out;

	ck_assert_int_eq(cstn_decision_record(decision, &out, NULL), CSTN_OK);
	return out;
}

void pair_same_bytes(const cstn_decision *a, const cstn_decision *b)
{
	cstn_buffer *x = pair_record(a), *y = pair_record(b);

	ck_assert_str_eq((const char *)cstn_buffer_data(x), (const char *)cstn_buffer_data(y));
	cstn_buffer_free(x);
	cstn_buffer_free(y);
}

void pair_make(world *w, world_request *r, uint64_t *seed)
{
	for (int tries = 0;; tries++) {
		world_answer want[WORLD_FIELDS];

		world_make(w, seed);
		world_ask(w, r, seed);
		reference_decide(w, r, want);
		for (int f = 0; f < WORLD_FIELDS; f++)
			if (r->fields >> f & 1 && (!want[f].reason || tries == 4))
				return;
		world_free(w);
	}
}

void pair_no_finer(const cstn_decision *before, const cstn_decision *after)
{
	ck_assert_uint_eq(cstn_decision_count(before), cstn_decision_count(after));
	for (size_t i = 0; i < cstn_decision_count(before); i++) {
		cstn_decision_field x, y;

		x.struct_size = y.struct_size = sizeof(x);
		ck_assert_int_eq(cstn_decision_field_at(before, i, &x, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_decision_field_at(after, i, &y, NULL), CSTN_OK);
		if (y.reason != CSTN_DECISION_PERMIT)
			continue;
		ck_assert_msg(x.reason == CSTN_DECISION_PERMIT, "%s was denied, %s, and is not",
				x.path, cstn_decision_reason_name(x.reason));
		ck_assert_int_le(cstn__granularity_compare(x.granularity, y.granularity), 0);
	}
}

void pair_decide(const world *w, const world_request *r, const world *other,
		const world_request *asked, cstn_decision *out[2])
{
	out[0] = world_decide(w, r);
	out[1] = world_decide(other, asked);
}

void pair_drop(cstn_decision *both[2])
{
	cstn_decision_unref(both[0]);
	cstn_decision_unref(both[1]);
}
