/* States over streams and tables of order lines. */
#include "state_fixture.h"

#include <check.h>
#include <string.h>
#include <constellation/constellation.h>

#include "lines_fixture.h"

cstn_perfect_order *state_on(const cstn_allocator *memory, const char *changes,
		const char *const *by, size_t n_by, const cstn_perfect_order_config *config)
{
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;
	cstn_error *error = NULL;

	if (cstn_service_policy_new(changes, NULL, &policy, &error) != CSTN_OK ||
			cstn_perfect_order_new(policy, AS_OF, by, n_by, config, memory, &state,
					&error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	cstn_service_policy_unref(policy);
	return state;
}

cstn_perfect_order *state_of(const char *changes, const char *const *by, size_t n_by)
{
	return state_on(NULL, changes, by, n_by, NULL);
}

cstn_buffer *bytes_of(const cstn_perfect_order *state)
{
	cstn_buffer *buffer = NULL;

	ck_assert_int_eq(cstn_perfect_order_serialize(state, &buffer, NULL), CSTN_OK);
	return buffer;
}

void same_bytes(const cstn_buffer *a, const cstn_buffer *b)
{
	ck_assert_uint_eq(cstn_buffer_size(a), cstn_buffer_size(b));
	ck_assert_int_eq(memcmp(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a)), 0);
}

const char *const by_partner[] = {"partner"};
