/* Out of memory in service policies. */
#include "oom.h"

static cstn_status policy_new(oom *o)
{
	cstn_service_policy *policy = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_service_policy_new("components=TF late_tolerance=2", o->allocator,
					 &policy, &error));
	ck_assert((policy == NULL) == (status != CSTN_OK));
	cstn_service_policy_unref(policy);
	return status;
}

static cstn_status policy_parse(oom *o)
{
	cstn_service_policy *model = NULL;
	cstn_service_policy *policy = NULL;
	const char *text;
	size_t len;
	cstn_status status;

	ck_assert_int_eq(cstn_service_policy_new(NULL, NULL, &model, NULL), CSTN_OK);
	text = cstn_service_policy_format(model, &len);
	oom_arm(o);
	OOM_CALL(status, cstn_service_policy_parse(text, len, o->allocator, &policy, &error));
	ck_assert((policy == NULL) == (status != CSTN_OK));
	cstn_service_policy_unref(policy);
	cstn_service_policy_unref(model);
	return status;
}

static cstn_status builder(oom *o)
{
	cstn_service_policy_builder *made = NULL;
	cstn_service_policy *policy = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_service_policy_builder_new(o->allocator, &made, &error));
	ck_assert((made == NULL) == (status != CSTN_OK));
	if (status != CSTN_OK)
		return status;
	OOM_CALL(status, cstn_service_policy_builder_set(made, "components", "TF", &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_service_policy_builder_build(made, &policy, &error));
	ck_assert((policy == NULL) == (status != CSTN_OK));
	/* The builder goes on where memory is there again. */
	oom_disarm(o);
	if (status == CSTN_E_NOMEM) {
		ck_assert_int_eq(cstn_service_policy_builder_build(made, &policy, NULL), CSTN_OK);
		ck_assert_ptr_nonnull(policy);
	}
	cstn_service_policy_unref(policy);
	cstn_service_policy_builder_free(made);
	return status;
}

const oom_case oom_cases_policy[] = {
		{"cstn_service_policy_new", policy_new, 0, 0},
		{"cstn_service_policy_parse", policy_parse, 0, 0},
		{"cstn_service_policy_builder_new cstn_service_policy_builder_set "
		 "cstn_service_policy_builder_build",
				builder, 0, 0},
};
const size_t oom_count_policy = sizeof(oom_cases_policy) / sizeof(oom_cases_policy[0]);
